// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Cash} from "./Cash.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Standing} from "./Instruments.sol";
import {Goal, Liquidation, Takeover, Terms} from "./Liquidation.sol";
import {LiquidationLimits} from "./LiquidationLimits.sol";
import {Margin} from "./Margin.sol";
import {Markets} from "./Markets.sol";
import {Plans} from "./Plans.sol";
import {Positions} from "./Positions.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Ramp} from "./Ramp.sol";
import {Routes} from "./Routes.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger} from "./Records.sol";

/// @title Reductions of accounts between maintenance and the stop ratio of their owner's plan.
/// @notice Nothing of the fund or of the liquidation reserve moves, and the account is never left with a lower ratio.
library Reductions {
    /// @notice The taker takes over, at the mark, as much of a position as brings the account from below its stop ratio to
    /// the goal, at most `maxSize`, for the plan's share of the liquidation fee, at least `minFee` (wei); it must have initial
    /// margin afterwards. A top-up goes first.
    function reduce(
        Ledger storage ledger,
        address taker,
        address account,
        uint256 marketId,
        uint256 maxSize,
        uint256 minFee
    ) external {
        // CHECKS
        if (taker == account) revert IClearingHouse.SameAccount(account);
        Markets.active(ledger, marketId);
        if (ledger.plans[account].stopRatio == 0) revert IClearingHouse.NotReducible(account);
        // EFFECTS
        Positions.bookAll(ledger, account);
        Positions.bookAll(ledger, taker);
        // PRICES
        Marks memory marks = Pricing.distressMarks(ledger, Purpose.Trade);
        // MARGIN
        Standing memory before = Margin.standingOf(ledger, account, marks);
        Takeover memory takeover;
        (takeover.account, takeover.taker) = (account, taker);
        (takeover.marketId, takeover.maxSize) = (marketId, maxSize);
        Terms memory terms = termsOf(ledger, takeover, before);
        // CHECKS
        if (terms.fee < minFee) revert IClearingHouse.NotReducible(account);
        // EFFECTS
        Cash.add(ledger, account, -int256(terms.fee));
        Cash.add(ledger, taker, int256(terms.fee));
        Liquidation.transferPosition(ledger, takeover, terms);
        // MARGIN
        Standing memory next = Margin.standingOf(ledger, account, marks);
        if (!Margin.isRatioKept(before, next)) revert IClearingHouse.NotReducible(account);
        Margin.requireInitial(ledger, taker, Pricing.tradeMarks(ledger, marks));
        // EVENTS
        emit IClearingHouse.Reduced(account, marketId, taker, terms.size, terms.mark, terms.fee);
    }

    /// @notice What a reduction comes to: the position, its size within `maxSize`, the mark and the fee. Reverts where the
    /// account is not between its stop ratio and maintenance, or where the taker may not take that.
    function termsOf(Ledger storage ledger, Takeover memory takeover, Standing memory standing)
        internal
        view
        returns (Terms memory terms)
    {
        // CHECKS
        (address account, uint256 marketId) = (takeover.account, takeover.marketId);
        terms.held = ledger.positions[account][marketId].size;
        if (terms.held == 0) revert IClearingHouse.NoPosition(account, marketId);
        uint256 ratio = ledger.plans[account].stopRatio;
        bool isBelow = Routes.isBelowRatio(standing.equity, standing.maintenance + standing.fee, ratio);
        if (!isBelow || Margin.isBelowMaintenance(standing)) revert IClearingHouse.NotReducible(account);
        Liquidation.awaitTopUp(ledger, account);
        LiquidationLimits.requireFirst(ledger, account, marketId, standing);
        Plans.requirePlanned(ledger, account, marketId, standing);
        // MARGIN
        terms.mark = Pricing.markOf(ledger, standing.marks, marketId);
        Goal memory goal = Goal(feeRateOf(ledger, account, marketId), Plans.goalOf(ledger, ratio));
        terms.size = Liquidation.sizeFor(ledger, marketId, standing, goal);
        Liquidation.limitSize(ledger.markets[marketId], takeover, terms);
        terms.fee = Liquidation.feeOf(terms.size, terms.mark, goal.feeRate);
        uint256 most = Margin.payableBy(ledger, account, standing.worth);
        if (terms.fee > most) terms.fee = most;
        // CHECKS
        int256 own = ledger.positions[takeover.taker][marketId].size;
        bool closes = (own > 0) != (terms.held > 0) && FixedPoint.absolute(own) >= terms.size;
        if (!closes) Markets.requireOpen(ledger, marketId);
    }

    /// @notice Rate of a reduction's fee, WAD, rounded up: the plan's share of the market's liquidation fee rate.
    function feeRateOf(Ledger storage ledger, address account, uint256 marketId) internal view returns (uint256) {
        // MARGIN
        uint256 feeRate = Ramp.liquidationFeeRate(ledger.markets[marketId]);
        return FixedPoint.mulDivUp(feeRate, ledger.plans[account].reduceFeeShare, FixedPoint.WAD);
    }
}
