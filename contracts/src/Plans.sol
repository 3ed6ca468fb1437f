// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Accounts} from "./Accounts.sol";
import {Cash} from "./Cash.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Standing} from "./Instruments.sol";
import {LiquidationLimits} from "./LiquidationLimits.sol";
import {Margin} from "./Margin.sol";
import {Offsets} from "./Offsets.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Routes} from "./Routes.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, Plan, MAX_STOP_RATIO, TOKEN_UNIT} from "./Records.sol";

/// @title What owners decide in advance of a liquidation: which market goes first, a ratio at which others may reduce for a
/// smaller fee, and an account that tops up.
/// @notice All of it is off until it is set. Nothing of the fund, of the liquidation reserve or of anyone but the owner and
/// the taker moves by a plan.
library Plans {
    /// @notice Replaces the plan of an account of the sender. Below maintenance it stands, so that no liquidation is refused by
    /// a change just before it.
    function setPlan(Ledger storage ledger, address sender, address account, Plan calldata plan) external {
        // CHECKS
        if (!Accounts.isOwner(sender, account)) revert IClearingHouse.NotAuthorised(account, sender);
        validatePlan(ledger, account, plan);
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, account, Pricing.newMarks(ledger, Purpose.Liquidation));
        if (Margin.isBelowMaintenance(standing)) revert IClearingHouse.PlanStands(account);
        // EFFECTS
        ledger.plans[account] = plan;
        // EVENTS
        emit IClearingHouse.PlanChanged(account);
    }

    /// @notice Moves as much cash from the plan's source as brings the account from below its stop ratio, or below
    /// maintenance where it has none, to the goal; no more than the limit and than the source could transfer. Anyone may.
    function topUp(Ledger storage ledger, address account) external {
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, account, Pricing.newMarks(ledger, Purpose.Liquidation));
        uint256 amount = topUpOf(ledger, account, standing);
        // CHECKS
        if (amount == 0) revert IClearingHouse.NoTopUp(account);
        // EFFECTS
        Plan storage plan = ledger.plans[account];
        plan.topUpLimit -= uint64(amount);
        Cash.add(ledger, plan.topUpSource, -int256(amount * TOKEN_UNIT));
        Cash.add(ledger, account, int256(amount * TOKEN_UNIT));
        // EVENTS
        emit IClearingHouse.ToppedUp(account, plan.topUpSource, amount);
    }

    /// @notice Whether there is a top-up to make now.
    function isTopUpDue(Ledger storage ledger, address account) external view returns (bool) {
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, account, Pricing.newMarks(ledger, Purpose.Liquidation));
        return topUpOf(ledger, account, standing) > 0;
    }

    /// @notice Reverts where a keeper has to take over in another market first, by the owner's order.
    function requireOrder(Ledger storage ledger, address account, uint256 marketId) external view {
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, account, Pricing.newMarks(ledger, Purpose.Liquidation));
        requirePlanned(ledger, account, marketId, standing);
    }

    /// @notice Reverts with the name of the first part of a plan that is out of bounds.
    function validatePlan(Ledger storage ledger, address account, Plan calldata plan) internal view {
        // CHECKS
        uint256 rest = plan.marketOrder;
        while (rest != 0) {
            uint256 entry = rest & 0xff;
            if (entry == 0 || entry > ledger.marketCount) revert IClearingHouse.InvalidParameter("marketOrder");
            rest >>= 8;
        }
        bool isTooLow = plan.stopRatio != 0 && plan.stopRatio < FixedPoint.WAD;
        if (isTooLow || plan.stopRatio > MAX_STOP_RATIO) revert IClearingHouse.InvalidParameter("stopRatio");
        if (plan.reduceFeeShare >= FixedPoint.WAD) revert IClearingHouse.InvalidParameter("reduceFeeShare");
        if (plan.topUpLimit == 0) return;
        if (plan.topUpSource == account || !Accounts.isOwner(account, plan.topUpSource)) {
            revert IClearingHouse.InvalidParameter("topUpSource");
        }
    }

    /// @notice Reverts where another market is the first of the owner's order. The house's own order goes before it.
    function requirePlanned(Ledger storage ledger, address account, uint256 marketId, Standing memory standing)
        internal
        view
    {
        // CHECKS
        if (ledger.liquidation.ordered) return;
        (bool exists, uint256 first) = plannedOf(ledger, account, standing);
        if (exists && first != marketId) revert IClearingHouse.NotFirstMarket(account, first);
    }

    /// @notice The first market of the owner's order in which the account has a position that can be taken over, and requires
    /// less without it. None binds where the account is bankrupt: what is left to lose is not the owner's.
    function plannedOf(Ledger storage ledger, address account, Standing memory standing)
        internal
        view
        returns (bool exists, uint256 first)
    {
        // MARGIN
        if (Margin.seizedEquity(ledger, account, standing) < 0) return (false, 0);
        for (uint256 rest = ledger.plans[account].marketOrder; rest != 0; rest >>= 8) {
            first = (rest & 0xff) - 1;
            if (ledger.positions[account][first].size == 0 || ledger.markets[first].record.paused) continue;
            uint256 index = Offsets.indexOf(standing.legs, first);
            if (LiquidationLimits.reliefBy(ledger, standing, index) > 0) return (true, first);
        }
        return (false, 0);
    }

    /// @notice The ratio to which a plan brings the account, WAD, rounded up: the target of liquidations times its own.
    function goalOf(Ledger storage ledger, uint256 ratio) internal view returns (uint256) {
        // MARGIN
        return FixedPoint.mulDivUp(ratio, ledger.parameters.targetRatio, FixedPoint.WAD);
    }

    /// @notice What a top-up moves now, token units, rounded up; 0 where there is none to make. An account that is bankrupt
    /// with its tokens at what a seizure brings gets none, because the owner would pay what others cover, and one below
    /// maintenance none that leaves it there.
    function topUpOf(Ledger storage ledger, address account, Standing memory standing)
        internal
        view
        returns (uint256 amount)
    {
        // MARGIN
        Plan memory plan = ledger.plans[account];
        uint256 required = standing.maintenance + standing.fee;
        uint256 ratio = plan.stopRatio == 0 ? FixedPoint.WAD : plan.stopRatio;
        if (plan.topUpLimit == 0 || Margin.seizedEquity(ledger, account, standing) < 0) return 0;
        if (!Routes.isBelowRatio(standing.equity, required, ratio)) return 0;
        uint256 wanted = FixedPoint.mulDivUp(required, goalOf(ledger, ratio), FixedPoint.WAD);
        amount = FixedPoint.divUp(uint256(int256(wanted) - standing.equity), FixedPoint.WEI * TOKEN_UNIT);
        if (amount > plan.topUpLimit) amount = plan.topUpLimit;
        uint256 available = availableOf(ledger, plan.topUpSource);
        if (amount > available) amount = available;
        if (standing.equity + int256(amount * TOKEN_UNIT * FixedPoint.WEI) < int256(required)) return 0;
    }

    /// @notice What a source could transfer now without falling below the stop ratio of its own plan, token units, rounded
    /// down: two accounts that top each other up would else pass the same cash on and back until both limits are spent.
    function availableOf(Ledger storage ledger, address source) internal view returns (uint256) {
        // MARGIN
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Withdraw);
        Standing memory standing = Margin.standingWithOrders(ledger, source, marks);
        uint256 required = standing.maintenance + standing.fee;
        uint256 kept = FixedPoint.mulDivUp(required, ledger.plans[source].stopRatio, FixedPoint.WAD);
        int256 spare = standing.equity - int256(kept);
        if (spare <= 0) return 0;
        uint256 available = Margin.withdrawable(ledger, source, standing);
        if (available > uint256(spare)) available = uint256(spare);
        return available / (FixedPoint.WEI * TOKEN_UNIT);
    }
}
