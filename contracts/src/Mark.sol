// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Ramp} from "./Ramp.sol";
import {Markets} from "./Markets.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Ledger, MarketRecord, MAX_PRICE} from "./Records.sol";

/// @title The mark: the median of the index, the index with the basis of settled trades, and the last impact price,
/// inside a band around the index.
/// @notice Trades alone, or impact prices alone, do not move it; both together move it to the edge of the band at most.
/// A sample or a report is in effect from the next timestamp on, so that nobody trades on a mark that the same block
/// made.
library Mark {
    using SafeCast for uint256;

    /// @notice The mark of a market whose index is `index`; WAD.
    function markAt(Ledger storage ledger, uint256 marketId, uint256 index) internal view returns (uint256) {
        // PRICES
        int256 premium = int256(index) * currentBasis(ledger, marketId) / int256(FixedPoint.WAD);
        uint256 traded = uint256(int256(index) + premium);
        uint256 median = medianOf(index, traded, impactOr(ledger, marketId, index));
        uint256 band = FixedPoint.mulDivDown(index, Ramp.markBandRate(ledger.markets[marketId]), FixedPoint.WAD);
        if (median < index - band) return index - band;
        uint256 most = index + band < MAX_PRICE ? index + band : MAX_PRICE;
        return median < most ? median : most;
    }

    /// @notice The basis in effect now: of samples of earlier timestamps; WAD of the index.
    function currentBasis(Ledger storage ledger, uint256 marketId) internal view returns (int256) {
        MarketRecord storage record = ledger.markets[marketId].record;
        (uint256 premiumDepth, uint256 basisPeriod,) = Ramp.markTerms(ledger.markets[marketId]);
        if (record.sampledAt == block.timestamp || record.sampleNotional < premiumDepth) return record.basis;
        int256 average = record.sampleSum / int256(uint256(record.sampleNotional));
        uint256 elapsed = record.sampledAt - record.basisAt;
        uint256 weight = elapsed < basisPeriod ? elapsed : basisPeriod;
        return record.basis + (average - record.basis) * int256(weight) / int256(basisPeriod);
    }

    /// @notice The impact price in effect: the last one reported before this timestamp, or `index` where that is too old
    /// or there is none; WAD.
    function impactOr(Ledger storage ledger, uint256 marketId, uint256 index) internal view returns (uint256) {
        MarketRecord storage record = ledger.markets[marketId].record;
        bool isInEffect = record.nextImpactAt < block.timestamp;
        uint256 price = isInEffect ? record.nextImpactPrice : record.impactPrice;
        uint256 reportedAt = isInEffect ? record.nextImpactAt : record.impactAt;
        if (price == 0) return index;
        (,, uint256 impactMaxAge) = Ramp.markTerms(ledger.markets[marketId]);
        return block.timestamp - reportedAt > impactMaxAge ? index : price;
    }

    /// @notice Takes a trade into this timestamp's sample: its premium over the index, limited to the mark's band, by its
    /// notional (wei). The sample of an earlier timestamp is folded into the basis first.
    function sample(Ledger storage ledger, uint256 marketId, uint256 price, uint256 index, uint256 notional) internal {
        MarketRecord storage record = ledger.markets[marketId].record;
        (uint256 premiumDepth,,) = Ramp.markTerms(ledger.markets[marketId]);
        // EFFECTS
        if (record.sampledAt != block.timestamp) {
            int256 basis = currentBasis(ledger, marketId);
            if (record.sampleNotional >= premiumDepth) {
                record.basis = int64(basis);
                record.basisAt = record.sampledAt;
                // EVENTS
                emit IClearingHouse.BasisChanged(marketId, basis);
            }
            // EFFECTS
            record.sampledAt = uint40(block.timestamp);
            record.sampleSum = 0;
            record.sampleNotional = 0;
        }
        int256 premium = (int256(price) - int256(index)) * int256(FixedPoint.WAD) / int256(index);
        record.sampleSum += FixedPoint.clamp(premium, Ramp.markBandRate(ledger.markets[marketId])) * int256(notional);
        record.sampleNotional = (record.sampleNotional + notional).toUint160();
    }

    /// @notice Takes what the order book's depth would pay and ask for an impact order; their middle counts from the next
    /// timestamp on. A second report in one timestamp replaces the first.
    function reportImpact(Ledger storage ledger, uint256 marketId, uint256 impactBid, uint256 impactAsk) external {
        // CHECKS
        Markets.active(ledger, marketId);
        if (impactBid == 0 || impactBid > MAX_PRICE) revert IClearingHouse.InvalidPrice(impactBid);
        if (impactAsk < impactBid || impactAsk > MAX_PRICE) revert IClearingHouse.InvalidPrice(impactAsk);
        // EFFECTS
        MarketRecord storage record = ledger.markets[marketId].record;
        uint256 impact = (impactBid + impactAsk) / 2;
        if (record.nextImpactAt != block.timestamp) {
            record.impactPrice = record.nextImpactPrice;
            record.impactAt = record.nextImpactAt;
            record.nextImpactAt = uint40(block.timestamp);
        }
        record.nextImpactPrice = uint96(impact);
        // EVENTS
        emit IClearingHouse.ImpactReported(marketId, impact);
    }

    /// @notice The middle one of three.
    function medianOf(uint256 a, uint256 b, uint256 c) internal pure returns (uint256) {
        (uint256 low, uint256 high) = a < b ? (a, b) : (b, a);
        if (c <= low) return low;
        return c < high ? c : high;
    }
}
