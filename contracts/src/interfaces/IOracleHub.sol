// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice What a price is read for; the policy of each price says what is allowed for which.
enum Purpose {
    Trade, // to take on risk, or to close somebody against their will
    Liquidation,
    Deposit,
    Withdraw,
    Reduce,
    Settle
}

/// @title What the clearing house needs of an oracle hub.
interface IOracleHub {
    /// @notice The price of `priceId`, WAD, or a revert that names why there is none.
    function price(bytes32 priceId, Purpose purpose) external view returns (uint256);

    /// @notice How many feeds `priceId` has; 0 where it is not configured.
    function sourceCount(bytes32 priceId) external view returns (uint256);
}
