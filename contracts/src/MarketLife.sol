// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Markets} from "./Markets.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Ledger, MarketRecord, Phase} from "./Records.sol";

/// @title The end of a market's life: only reducing, then delisting.
library MarketLife {
    /// @notice From here on trades may only reduce positions in a market, or no longer only that.
    function setReduceOnly(Ledger storage ledger, uint256 marketId, bool reduceOnly) external {
        // CHECKS
        MarketRecord storage record = Markets.existing(ledger, marketId).record;
        if ((record.phase == Phase.ReduceOnly) == reduceOnly) revert IClearingHouse.ReduceOnlyUnchanged();
        // EFFECTS
        record.phase = reduceOnly ? Phase.ReduceOnly : Phase.Open;
        // EVENTS
        emit IClearingHouse.ReduceOnlyChanged(marketId, reduceOnly);
    }
}
