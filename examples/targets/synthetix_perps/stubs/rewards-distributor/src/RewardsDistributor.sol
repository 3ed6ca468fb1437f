// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title What the distribution of seized collateral names of it; the harness calls none.
interface RewardsDistributor {
    function token() external view returns (address);
    function distributeRewards(uint128 pool, address token, uint256 amount, uint64 start, uint32 duration) external;
    function poolId() external view returns (uint128);
}
