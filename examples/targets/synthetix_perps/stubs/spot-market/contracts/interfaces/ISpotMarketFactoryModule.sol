// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Price} from "../storage/Price.sol";

/// @title What collateral's value asks of it; the harness holds no synths, and calls none.
interface ISpotMarketFactoryModule {
    function getSynth(uint128 market) external view returns (address);
    function indexPrice(uint128 market, uint128 transaction, Price.Tolerance tolerance)
        external
        view
        returns (uint256);
}
