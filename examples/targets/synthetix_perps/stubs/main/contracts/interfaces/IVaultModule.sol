// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title What the distribution of seized collateral names of it; the harness calls none.
interface IVaultModule {
    function getVaultCollateral(uint128 pool, address token) external view returns (uint256 amount, uint256 value);
}
