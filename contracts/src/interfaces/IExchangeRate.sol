// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title A token that says what one of it stands for.
interface IExchangeRate {
    /// @notice How much of the underlying asset one token stands for, WAD.
    function exchangeRate() external view returns (uint256);
}
