// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Auctions} from "./Auctions.sol";
import {Cash} from "./Cash.sol";
import {Deficits} from "./Deficits.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Insurance} from "./Insurance.sol";
import {Standing} from "./Instruments.sol";
import {LiquidationLimits} from "./LiquidationLimits.sol";
import {Margin} from "./Margin.sol";
import {Beside, Perpetuals} from "./Perpetuals.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Markets} from "./Markets.sol";
import {Orders} from "./Orders.sol";
import {Plans} from "./Plans.sol";
import {Positions} from "./Positions.sol";
import {Ramp} from "./Ramp.sol";
import {Routes} from "./Routes.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Leg, Offsets} from "./Offsets.sol";
import {AccountRecord, Ledger, Market, MarketParameters, Route, BACKSTOP} from "./Records.sol";

/// @notice What is taken over, from whom, by whom, for whose reward.
/// @param below Ratio of equity to maintenance margin and fee below which the account must be, WAD.
/// @param share The caller's share of the fee, WAD.
struct Takeover {
    address account;
    address taker;
    address caller;
    uint256 marketId;
    uint256 maxSize;
    Route route;
    uint256 below;
    uint256 share;
}

/// @notice What a takeover came to: size and mark WAD, fee, reward and deficit wei.
struct Terms {
    int256 held;
    uint256 size;
    uint256 mark;
    uint256 fee;
    uint256 reward;
    uint256 deficit;
}

/// @notice What a liquidation or a reduction leads to; WAD.
/// @param feeRate Rate of its fee.
/// @param ratio Of equity to maintenance margin and liquidation fee, at least.
struct Goal {
    uint256 feeRate;
    uint256 ratio;
}

/// @title Liquidation: takeover of a position at the mark, by a keeper or as a forced close.
library Liquidation {
    /// @notice The keeper takes over as much of the position as is needed, at most `maxSize`, at the mark, and earns a
    /// share of the fee, which an auction decides on where there is one; it must have initial margin afterwards.
    function liquidate(Ledger storage ledger, address keeper, address account, uint256 marketId, uint256 maxSize)
        external
    {
        // CHECKS
        if (keeper == account) revert IClearingHouse.SameAccount(account);
        Markets.active(ledger, marketId);
        // PRICES
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Liquidation);
        // MARGIN
        uint256 share = ledger.parameters.liquidatorShare;
        if (Auctions.isOn(ledger)) share = Auctions.shareOf(ledger, account);
        // EFFECTS
        takeOver(
            ledger, Takeover(account, keeper, keeper, marketId, maxSize, Route.Keeper, FixedPoint.WAD, share), marks
        );
        if (Auctions.isOn(ledger)) Auctions.endSafe(ledger, account);
        // MARGIN
        Margin.requireInitial(ledger, keeper, marks);
    }

    /// @notice A takeover that the taker did not agree to: its market's prices must be fresh enough for trading.
    function takeOverFresh(Ledger storage ledger, Takeover memory takeover) external {
        // CHECKS
        Markets.active(ledger, takeover.marketId);
        // EFFECTS
        takeOver(ledger, takeover, Pricing.distressMarks(ledger, Purpose.Trade));
    }

    /// @notice Moves the position from account to taker at the mark: all its resting orders are released, so that none
    /// competes with the liquidation; then fee and reward, deficit, the transfer.
    function takeOver(Ledger storage ledger, Takeover memory takeover, Marks memory marks) internal {
        // CHECKS
        Terms memory terms;
        Positions.bookAll(ledger, takeover.account);
        terms.held = ledger.positions[takeover.account][takeover.marketId].size;
        if (terms.held == 0) revert IClearingHouse.NoPosition(takeover.account, takeover.marketId);
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, takeover.account, marks);
        if (!Margin.isBelowMaintenance(standing)) revert IClearingHouse.NotLiquidatable(takeover.account);
        Routes.requireBelow(takeover.account, standing.equity, standing.maintenance + standing.fee, takeover.below);
        awaitTopUp(ledger, takeover.account);
        if (takeover.route == Route.Keeper && ledger.plans[takeover.account].marketOrder != 0) {
            Plans.requireOrder(ledger, takeover.account, takeover.marketId);
        }
        terms.mark = Pricing.markOf(ledger, marks, takeover.marketId);
        terms.size = liquidationSize(ledger, takeover.marketId, standing);
        if (takeover.route != Route.ForcedClose && LiquidationLimits.isOn(ledger)) {
            terms.size = LiquidationLimits.restrict(
                ledger, takeover.account, takeover.marketId, terms.size, takeover.maxSize
            );
        }
        limitSize(ledger.markets[takeover.marketId], takeover, terms);
        // EFFECTS
        Orders.releaseAll(ledger, takeover.account);
        terms.fee = chargeFee(ledger, takeover, standing, terms);
        terms.reward = payReward(ledger, takeover, terms);
        terms.deficit = Deficits.coverDeficit(ledger, takeover.account, takeover.marketId, terms.size, marks.purpose);
        Positions.bookAll(ledger, takeover.taker);
        if (takeover.route == Route.ForcedClose) {
            Deficits.coverDeficit(ledger, takeover.taker, takeover.marketId, terms.size, marks.purpose);
            Positions.bookAll(ledger, takeover.account);
        }
        transferPosition(ledger, takeover, terms);
        // EVENTS
        emit IClearingHouse.Liquidated(
            takeover.account,
            takeover.marketId,
            takeover.taker,
            terms.size,
            terms.mark,
            terms.fee,
            terms.reward,
            terms.deficit,
            takeover.route
        );
    }

    /// @notice Reverts where there is a top-up to make by the owner's plan: anyone may bring it first. A source whose prices
    /// cannot be trusted holds up no liquidation.
    function awaitTopUp(Ledger storage ledger, address account) internal view {
        // CHECKS
        if (ledger.plans[account].topUpLimit == 0) return;
        try Plans.isTopUpDue(ledger, account) returns (bool isDue) {
            if (isDue) revert IClearingHouse.TopUpFirst(account);
        } catch {}
    }

    /// @notice Moves the position at the mark; both sides use one exact notional.
    function transferPosition(Ledger storage ledger, Takeover memory takeover, Terms memory terms) internal {
        // EFFECTS
        int256 moved = terms.held > 0 ? int256(terms.size) : -int256(terms.size);
        Positions.change(ledger, takeover.account, takeover.marketId, -moved, terms.mark);
        Positions.change(ledger, takeover.taker, takeover.marketId, moved, terms.mark);
    }

    /// @notice How much of a position a liquidation takes, WAD: what leads to the target ratio for the market's fee.
    function liquidationSize(Ledger storage ledger, uint256 marketId, Standing memory standing)
        internal
        view
        returns (uint256)
    {
        // MARGIN
        Goal memory goal = Goal(standing.marks.markets[marketId].feeRate, ledger.parameters.targetRatio);
        return sizeFor(ledger, marketId, standing, goal);
    }

    /// @notice The smallest multiple of the step after which equity, less the fee, reaches the goal's ratio x (maintenance
    /// margin + liquidation fee) of what remains; the whole position where no partial size does, or where dust would
    /// remain. WAD.
    /// @dev The fee counts exactly here; it is rounded up when it is charged. Equity less fee less target requirement
    /// rises with the size closed, so bisection over the multiples with the exact test finds the smallest.
    function sizeFor(Ledger storage ledger, uint256 marketId, Standing memory standing, Goal memory goal)
        internal
        view
        returns (uint256)
    {
        // MARGIN
        MarketParameters storage parameters = ledger.markets[marketId].parameters;
        Leg memory leg = standing.legs[Offsets.indexOf(standing.legs, marketId)];
        Beside memory beside = Perpetuals.besideOf(ledger, standing, marketId);
        uint256 held = FixedPoint.absolute(leg.size);
        uint256 step = parameters.sizeStep;
        (uint256 low, uint256 high) = (0, held / step);
        while (low + 1 < high) {
            uint256 middle = (low + high) / 2;
            if (reachesGoal(ledger, standing, beside, leg, middle * step, goal)) high = middle;
            else low = middle;
        }
        uint256 size = high * step;
        if ((held - size) * leg.mark < parameters.minimumNotional * FixedPoint.WAD) return held;
        return size;
    }

    /// @notice Whether closing `size` of a leg leaves equity at or above the goal.
    function reachesGoal(
        Ledger storage ledger,
        Standing memory standing,
        Beside memory beside,
        Leg memory leg,
        uint256 size,
        Goal memory goal
    ) internal view returns (bool) {
        // MARGIN
        int256 rest = leg.size > 0 ? leg.size - int256(size) : leg.size + int256(size);
        uint256 required = Perpetuals.requiredWith(ledger, standing.marks, beside, rest, leg.mark);
        int256 equity = standing.equity - int256(size * leg.mark * goal.feeRate);
        return FixedPoint.productAtLeast(equity, FixedPoint.WAD, int256(required), goal.ratio);
    }

    /// @notice Limits the size to `maxSize`, rounded down to the step; a keeper may not leave dust behind.
    function limitSize(Market storage market, Takeover memory takeover, Terms memory terms) internal view {
        // CHECKS
        if (takeover.maxSize >= terms.size) return;
        terms.size = takeover.maxSize - takeover.maxSize % market.parameters.sizeStep;
        uint256 left = (FixedPoint.absolute(terms.held) - terms.size) * terms.mark;
        bool isDust = left < market.parameters.minimumNotional * FixedPoint.WAD;
        bool mayLeaveDust = takeover.route == Route.ForcedClose;
        if (terms.size == 0 || (isDust && !mayLeaveDust)) revert IClearingHouse.InvalidSize(takeover.maxSize);
    }

    /// @notice Liquidation fee on `size` at the mark, rounded up to the wei.
    function feeOf(uint256 size, uint256 mark, uint256 feeRate) internal pure returns (uint256) {
        return FixedPoint.divUp(size * mark * feeRate, FixedPoint.WEI);
    }

    /// @notice Charges the fee.
    function chargeFee(
        Ledger storage ledger,
        Takeover memory takeover,
        Standing memory standing,
        Terms memory terms
    ) internal returns (uint256 fee) {
        // EFFECTS
        fee = feeDue(ledger, takeover.account, takeover.marketId, standing, terms);
        if (fee > 0) Cash.add(ledger, takeover.account, -int256(fee));
    }

    /// @notice The fee on what is taken, as far as its part of the account's equity, its cash and its tokens reach; wei.
    /// The part is that of what is required: a piece leaves the rest no less safe.
    function feeDue(
        Ledger storage ledger,
        address account,
        uint256 marketId,
        Standing memory standing,
        Terms memory terms
    ) internal view returns (uint256 fee) {
        // MARGIN
        if (standing.equity <= 0) return 0;
        uint256 required = standing.maintenance + standing.fee;
        uint256 relieved = required - requiredAfter(ledger, marketId, standing, terms);
        uint256 part = FixedPoint.mulDivDown(uint256(standing.equity), relieved, required) / FixedPoint.WEI;
        fee = feeOf(terms.size, terms.mark, Ramp.liquidationFeeRate(ledger.markets[marketId]));
        if (fee > part) fee = part;
        uint256 most = Margin.payableBy(ledger, account, standing.worth);
        if (fee > most) fee = most;
    }

    /// @notice Maintenance margin and fee of what a takeover leaves; a numerator.
    function requiredAfter(Ledger storage ledger, uint256 marketId, Standing memory standing, Terms memory terms)
        internal
        view
        returns (uint256)
    {
        // MARGIN
        Beside memory beside = Perpetuals.besideOf(ledger, standing, marketId);
        int256 rest = terms.held > 0 ? terms.held - int256(terms.size) : terms.held + int256(terms.size);
        return Perpetuals.requiredWith(ledger, standing.marks, beside, rest, terms.mark);
    }

    /// @notice Shares the fee between keeper, backstop vault (for what it takes over) and fund; with the last position the
    /// reserve tops the reward up to the minimum, and the rest of it returns to the account.
    function payReward(Ledger storage ledger, Takeover memory takeover, Terms memory terms)
        internal
        returns (uint256 reward)
    {
        AccountRecord storage record = ledger.accounts[takeover.account];
        // EFFECTS
        reward = FixedPoint.mulDivDown(terms.fee, takeover.share, FixedPoint.WAD);
        uint256 maximum = ledger.liquidation.maximumKeeperReward;
        if (maximum > 0 && reward > maximum) reward = maximum;
        uint256 rest = terms.fee - reward;
        if (takeover.route == Route.Backstop) rest -= payBackstop(ledger, terms.fee, rest);
        Insurance.credit(ledger, rest);
        if (terms.size == FixedPoint.absolute(terms.held) && record.openPositions == 1) {
            uint256 minimum = ledger.parameters.minimumKeeperReward;
            uint256 missing = minimum > reward ? minimum - reward : 0;
            uint256 topUp = missing < record.reserve ? missing : record.reserve;
            Cash.add(ledger, takeover.account, int256(record.reserve - topUp));
            record.reserve = 0;
            reward += topUp;
            // EVENTS
            emit IClearingHouse.ReserveChanged(takeover.account, 0);
        }
        if (reward > 0) Cash.add(ledger, takeover.caller, int256(reward));
    }

    /// @notice Pays the backstop vault its share of the fee, rounded down, at most what the keeper left; returns it, wei.
    function payBackstop(Ledger storage ledger, uint256 fee, uint256 most) internal returns (uint256 share) {
        // EFFECTS
        share = FixedPoint.mulDivDown(fee, ledger.backstopParameters.feeShare, FixedPoint.WAD);
        if (share > most) share = most;
        if (share == 0) return 0;
        Cash.add(ledger, BACKSTOP, int256(share));
        // EVENTS
        emit IClearingHouse.BackstopCredited(share);
    }
}
