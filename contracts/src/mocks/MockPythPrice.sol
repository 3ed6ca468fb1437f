// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IPyth} from "../interfaces/IPyth.sol";

/// @title One price of Pyth's that is whatever it was told to be.
contract MockPythPrice is IPyth {
    Price private _price;

    /// @notice The price changed.
    event PriceSet(int64 price, uint64 conf, int32 expo, uint256 publishTime);

    /// @notice There is no price before the first was set, nor after one without a time.
    error PriceFeedNotFound();

    constructor(int32 expo) {
        _price = Price(1, 0, expo, 1);
    }

    /// @notice Sets what is answered to any id.
    function setPrice(int64 price, uint64 conf, int32 expo, uint256 publishTime) external {
        // EFFECTS
        _price = Price(price, conf, expo, publishTime);
        // EVENTS
        emit PriceSet(price, conf, expo, publishTime);
    }

    /// @inheritdoc IPyth
    function getPriceUnsafe(bytes32) external view override returns (Price memory) {
        // CHECKS
        if (_price.publishTime == 0) revert PriceFeedNotFound();
        return _price;
    }
}
