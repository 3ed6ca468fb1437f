// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title What a collateral's discount asks of it; the harness holds no synths, and calls none.
interface IMarketConfigurationModule {
    function getMarketSkewScale(uint128 market) external view returns (uint256);
}
