// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Price} from "../storage/Price.sol";

/// @title What a collateral's value asks of it; the harness holds no synths, and calls none.
interface IAtomicOrderModule {
    function quoteSellExactIn(uint128 market, uint256 amount, Price.Tolerance tolerance)
        external
        view
        returns (uint256 usd, uint256 fees);
}
