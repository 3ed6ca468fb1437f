// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title What a consumer needs of Pyth's contract.
interface IPyth {
    struct Price {
        int64 price;
        uint64 conf;
        int32 expo;
        uint256 publishTime;
    }

    /// @notice The latest price of `id`, however old, as `price` x 10^`expo` with a confidence interval around it.
    function getPriceUnsafe(bytes32 id) external view returns (Price memory);
}
