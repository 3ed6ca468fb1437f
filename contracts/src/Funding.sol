// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Ledger, Market, MarketRecord, Position} from "./Records.sol";

/// @title Funding: the premium of the mark over the index, accrued by the second into an index per market.
/// @notice Nothing is rounded here: a rate is WAD per second, so rate x price x seconds is an exact index step.
library Funding {
    using SafeCast for int256;

    /// @notice The market's funding index as of this block; it stands still while the market or the system is paused.
    function currentIndex(Ledger storage ledger, uint256 marketId) internal view returns (int256) {
        MarketRecord storage record = ledger.markets[marketId].record;
        if (record.paused || ledger.record.paused) return record.fundingIndex;
        uint256 elapsed = block.timestamp - record.accruedAt;
        return record.fundingIndex + record.fundingRate * int256(record.fundingPrice * elapsed);
    }

    /// @notice Advances the index to this block with the rate and price stored at the last accrual; reads no price.
    function accrue(Ledger storage ledger, uint256 marketId) internal {
        MarketRecord storage record = ledger.markets[marketId].record;
        if (record.accruedAt == block.timestamp) return;
        // EFFECTS
        record.fundingIndex = currentIndex(ledger, marketId).toInt160();
        record.accruedAt = uint40(block.timestamp);
        // EVENTS
        emit IClearingHouse.FundingAccrued(marketId, record.fundingIndex, record.fundingPrice);
    }

    /// @notice Sets rate and price from this block on: the mark's premium over the index, over the funding period, at most
    /// the highest rate (dYdX v4 and Derive fund on such a premium); premium and rate are rounded toward zero.
    function setRate(Ledger storage ledger, uint256 marketId, uint256 index, uint256 mark) internal {
        Market storage market = ledger.markets[marketId];
        // EFFECTS
        int256 premium = (int256(mark) - int256(index)) * int256(FixedPoint.WAD) / int256(index);
        int256 rate = premium / int256(uint256(market.parameters.fundingPeriod));
        rate = FixedPoint.clamp(rate, market.parameters.maximumFundingRate);
        if (rate != market.record.fundingRate) {
            market.record.fundingRate = int48(rate);
            // EVENTS
            emit IClearingHouse.FundingRateChanged(marketId, premium, rate);
        }
        setPrice(ledger, marketId, index);
    }

    /// @notice Funding runs on this index price from this block on.
    function setPrice(Ledger storage ledger, uint256 marketId, uint256 index) internal {
        MarketRecord storage record = ledger.markets[marketId].record;
        if (record.fundingPrice == index) return;
        // EFFECTS
        record.fundingPrice = uint96(index);
        // EVENTS
        emit IClearingHouse.FundingPriceChanged(marketId, index);
    }

    /// @notice Funding that a position has accrued since it was last booked: positive is received, negative owed.
    function pendingFunding(Position storage position, int256 index) internal view returns (int256) {
        return -position.size * (index - position.fundingIndex);
    }

    /// @notice Socialised loss that was charged to a position's side since it was last booked.
    function pendingLoss(Market storage market, Position storage position) internal view returns (uint256) {
        int256 size = position.size;
        uint256 index = lossIndex(market, size);
        if (size == 0 || index == 0) return 0;
        return FixedPoint.absolute(size) * (index - position.lossIndex);
    }

    /// @notice The loss index of the side that a position of this size is on.
    function lossIndex(Market storage market, int256 size) internal view returns (uint160) {
        if (!market.record.socialised) return 0;
        return size < 0 ? market.record.shortLossIndex : market.record.longLossIndex;
    }

    /// @notice From here on a position of this size is charged what its side is; nothing is written where no side was ever
    /// charged.
    function bookLosses(Market storage market, Position storage position, int256 size) internal {
        if (!market.record.socialised) return;
        // EFFECTS
        position.lossIndex = lossIndex(market, size);
    }

    /// @notice Accrues the market and books what the position has accrued to its quote.
    function book(Ledger storage ledger, address account, uint256 marketId) internal {
        accrue(ledger, marketId);
        Market storage market = ledger.markets[marketId];
        Position storage position = ledger.positions[account][marketId];
        // EFFECTS
        int256 funding = pendingFunding(position, market.record.fundingIndex);
        uint256 loss = pendingLoss(market, position);
        position.fundingIndex = market.record.fundingIndex;
        bookLosses(market, position, position.size);
        if (funding == 0 && loss == 0) return;
        position.quote += funding - int256(loss);
        // EVENTS
        emit IClearingHouse.FundingBooked(account, marketId, funding, loss);
    }
}
