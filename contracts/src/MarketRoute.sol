// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Cash} from "./Cash.sol";
import {Deficits} from "./Deficits.sol";
import {Fills} from "./Fills.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Standing} from "./Instruments.sol";
import {Insurance} from "./Insurance.sol";
import {Liquidation, Terms} from "./Liquidation.sol";
import {LiquidationLimits} from "./LiquidationLimits.sol";
import {Margin} from "./Margin.sol";
import {Markets} from "./Markets.sol";
import {Orders} from "./Orders.sol";
import {Positions} from "./Positions.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Trade, Trading} from "./Trading.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, MarketParameters, Route, MAX_MARKET_LIMIT_RATE} from "./Records.sol";

/// @notice The matcher's fill of a liquidatable account's position: size and price WAD.
struct Fill {
    address account;
    uint256 marketId;
    uint256 size;
    uint256 price;
    address counterparty;
}

/// @title The market route: the matcher brings a fill of a liquidatable account's position, at a price near the mark.
/// @notice What the price costs the account comes out of the liquidation fee; what is left of the fee is the fund's,
/// since nobody is to be rewarded. The fill moves neither the mark nor the funding rate.
library MarketRoute {
    /// @notice Replaces by how much a fill may be worse than the mark for the account, WAD.
    function setMarketLimitRate(Ledger storage ledger, uint256 rate) external {
        // CHECKS
        if (rate > MAX_MARKET_LIMIT_RATE) revert IClearingHouse.InvalidParameter("marketLimitRate");
        // EFFECTS
        ledger.marketLimitRate = uint64(rate);
        // EVENTS
        emit IClearingHouse.MarketLimitChanged(rate);
    }

    /// @notice Settles a fill: trigger, size, limits and deficit are a keeper's, prices must be fresh enough for
    /// trading and the counterparty must pass as the maker of a trade does.
    function liquidateToMarket(Ledger storage ledger, Fill memory fill) external {
        // CHECKS
        if (fill.counterparty == fill.account) revert IClearingHouse.SameAccount(fill.account);
        MarketParameters storage parameters = Markets.active(ledger, fill.marketId).parameters;
        Trading.validateOrder(parameters, fill.size, fill.price);
        // PRICES
        Marks memory marks = Pricing.distressMarks(ledger, Purpose.Trade);
        Trading.validateBand(parameters.bandRate, fill.price, Pricing.indexOf(ledger, marks, fill.marketId));
        // MARGIN
        Terms memory terms;
        Positions.bookAll(ledger, fill.account);
        terms.held = ledger.positions[fill.account][fill.marketId].size;
        if (terms.held == 0) revert IClearingHouse.NoPosition(fill.account, fill.marketId);
        Standing memory standing = Margin.standingOf(ledger, fill.account, marks);
        if (!Margin.isBelowMaintenance(standing)) revert IClearingHouse.NotLiquidatable(fill.account);
        Liquidation.awaitTopUp(ledger, fill.account);
        terms.mark = Pricing.markOf(ledger, marks, fill.marketId);
        terms.size = Liquidation.liquidationSize(ledger, fill.marketId, standing);
        if (LiquidationLimits.isOn(ledger)) {
            terms.size =
                LiquidationLimits.restrict(ledger, fill.account, fill.marketId, terms.size, fill.size);
        }
        requireSize(parameters, fill.size, terms);
        int256 gain = gainOf(fill, terms);
        requireLimit(ledger, fill, standing, terms, gain);
        uint256 cost = gain < 0 ? FixedPoint.divUp(uint256(-gain), FixedPoint.WEI) : 0;
        // EFFECTS
        Orders.releaseAll(ledger, fill.account);
        terms.fee = chargeRest(ledger, fill, standing, terms, cost);
        // What the price brings beside the mark is the account's before its deficit is covered.
        ledger.positions[fill.account][fill.marketId].quote += gain;
        terms.deficit = Deficits.coverDeficit(ledger, fill.account, fill.marketId, terms.size, marks.purpose);
        uint256 tradeFee = exchange(ledger, fill, terms);
        // EVENTS
        emit IClearingHouse.MarketFilled(
            fill.account, fill.marketId, fill.counterparty, fill.size, fill.price, cost, tradeFee
        );
        emitLiquidated(fill, terms);
    }

    /// @notice Reverts where a fill is larger than a takeover may be, or leaves dust behind; else it is the size taken.
    function requireSize(MarketParameters storage parameters, uint256 size, Terms memory terms) internal view {
        // CHECKS
        uint256 left = FixedPoint.absolute(terms.held) - (size < terms.size ? size : terms.size);
        bool isDust = left * terms.mark < parameters.minimumNotional * FixedPoint.WAD;
        if (size > terms.size || (size < terms.size && isDust)) revert IClearingHouse.InvalidSize(size);
        terms.size = size;
    }

    /// @notice What the price brings the account beside the mark, negative where it costs; a numerator.
    function gainOf(Fill memory fill, Terms memory terms) internal pure returns (int256) {
        // MARGIN
        int256 better = int256(fill.price) - int256(terms.mark);
        return int256(terms.size) * (terms.held > 0 ? better : -better) * int256(FixedPoint.WAD);
    }

    /// @notice Reverts where the price is worse than the mark by more than the limit, or than the bankruptcy price: what is
    /// taken costs no more than its part of the equity, so that the rest is no less safe than before and no fill makes a
    /// deficit, or a larger one.
    /// @param gain What the price brings beside the mark, a numerator as equity.
    function requireLimit(
        Ledger storage ledger,
        Fill memory fill,
        Standing memory standing,
        Terms memory terms,
        int256 gain
    ) internal view {
        // CHECKS
        if (gain >= 0) return;
        uint256 worse = fill.price > terms.mark ? fill.price - terms.mark : terms.mark - fill.price;
        uint256 most = FixedPoint.mulDivDown(terms.mark, ledger.marketLimitRate, FixedPoint.WAD);
        if (worse > most || !keepsRatio(ledger, fill.marketId, standing, terms, gain)) {
            revert IClearingHouse.PriceBeyondLimit(fill.price, terms.mark);
        }
    }

    /// @notice Whether the margin ratio does not fall by what a price costs and by what is then no longer required.
    function keepsRatio(
        Ledger storage ledger,
        uint256 marketId,
        Standing memory standing,
        Terms memory terms,
        int256 gain
    ) internal view returns (bool) {
        // MARGIN
        Standing memory next;
        next.equity = standing.equity + gain;
        next.maintenance = Liquidation.requiredAfter(ledger, marketId, standing, terms);
        return Margin.isRatioKept(standing, next);
    }

    /// @notice Charges what the price's cost (wei) leaves of the fee, for the fund, and returns it, wei.
    function chargeRest(
        Ledger storage ledger,
        Fill memory fill,
        Standing memory standing,
        Terms memory terms,
        uint256 cost
    ) internal returns (uint256 rest) {
        // MARGIN
        uint256 fee = Liquidation.feeDue(ledger, fill.account, fill.marketId, standing, terms);
        if (fee <= cost) return 0;
        rest = fee - cost;
        // EFFECTS
        Cash.add(ledger, fill.account, -int256(rest));
        Insurance.credit(ledger, rest);
    }

    /// @notice Moves the position: at the mark for the account, which has what the price brings beside it already, and
    /// at the price for the counterparty; returns the counterparty's trading fee, wei.
    function exchange(Ledger storage ledger, Fill memory fill, Terms memory terms) internal returns (uint256) {
        // EFFECTS
        int256 moved = terms.held > 0 ? int256(terms.size) : -int256(terms.size);
        Positions.change(ledger, fill.account, fill.marketId, -moved, terms.mark);
        if (terms.held > 0) {
            return Fills.fillMaker(
                ledger, Trade(fill.counterparty, fill.account, fill.marketId, fill.size, fill.price, true)
            );
        }
        return Fills.fillMaker(
            ledger, Trade(fill.account, fill.counterparty, fill.marketId, fill.size, fill.price, false)
        );
    }

    /// @notice Says what was taken over, as of every route; there is no reward.
    function emitLiquidated(Fill memory fill, Terms memory terms) internal {
        // EVENTS
        emit IClearingHouse.Liquidated(
            fill.account,
            fill.marketId,
            fill.counterparty,
            terms.size,
            terms.mark,
            terms.fee,
            0,
            terms.deficit,
            Route.Market
        );
    }
}
