// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title What the market's factory names of it; the harness calls none.
interface IMarketCollateralModule {
    function depositMarketCollateral(uint128 id, address token, uint256 amount) external;
    function withdrawMarketCollateral(uint128 id, address token, uint256 amount) external;
}
