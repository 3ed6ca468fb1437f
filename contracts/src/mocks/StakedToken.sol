// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IExchangeRate} from "../interfaces/IExchangeRate.sol";
import {CollateralToken} from "./CollateralToken.sol";

/// @title A liquid staking token whose rate to what is staked is whatever it was told to be; for simulation.
contract StakedToken is CollateralToken, IExchangeRate {
    /// @inheritdoc IExchangeRate
    uint256 public override exchangeRate;

    /// @notice The rate changed, by rewards or by a slash.
    event ExchangeRateSet(uint256 exchangeRate);

    constructor(string memory symbol_, uint8 decimals_, uint256 exchangeRate_) CollateralToken(symbol_, decimals_) {
        exchangeRate = exchangeRate_;
    }

    /// @notice Sets the rate, WAD.
    function setExchangeRate(uint256 exchangeRate_) external {
        // EFFECTS
        exchangeRate = exchangeRate_;
        // EVENTS
        emit ExchangeRateSet(exchangeRate_);
    }
}
