// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title What the market's factory names of it; the harness calls none.
interface IMarketManagerModule {
    function registerMarket(address market) external returns (uint128 id);
    function getWithdrawableMarketUsd(uint128 id) external view returns (uint256 amount);
    function depositMarketUsd(uint128 id, address from, uint256 amount) external returns (uint256 fee);
    function withdrawMarketUsd(uint128 id, address to, uint256 amount) external returns (uint256 fee);
}
