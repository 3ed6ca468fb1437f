// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Cash} from "./Cash.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Ledger, Market, MarketRecord, SystemRecord} from "./Records.sol";

/// @title The insurance fund, and what happens when it does not suffice.
library Insurance {
    using SafeCast for uint256;

    /// @notice Takes a trading fee from the account's cash; the fund's share is rounded down. Wei.
    function chargeTradeFee(Ledger storage ledger, address account, uint256 fee) internal {
        // EFFECTS
        uint256 share = FixedPoint.mulDivDown(fee, ledger.parameters.insuranceShare, FixedPoint.WAD);
        Cash.add(ledger, account, -int256(fee));
        ledger.record.fees = (ledger.record.fees + fee - share).toUint128();
        credit(ledger, share);
    }

    /// @notice Income of the fund, wei; unresolved bad debt is repaid first.
    function credit(Ledger storage ledger, uint256 amount) internal {
        if (amount == 0) return;
        SystemRecord storage record = ledger.record;
        // EFFECTS
        uint256 repaid = amount < record.unresolvedBadDebt ? amount : record.unresolvedBadDebt;
        record.unresolvedBadDebt -= uint128(repaid);
        record.insuranceFund = (record.insuranceFund + amount - repaid).toUint128();
        // EVENTS
        emit IClearingHouse.InsuranceFundCredited(amount, repaid);
    }

    /// @notice Covers `deficit` (wei) of a bankrupt account: from the fund, then by the side opposite to `size` through
    /// its loss index, and leaves the rest as unresolved bad debt.
    /// @param cap Most that may be charged per unit of size, as a step of the loss index.
    function coverDeficit(
        Ledger storage ledger,
        address account,
        uint256 marketId,
        int256 size,
        uint256 deficit,
        uint256 cap
    ) internal {
        SystemRecord storage record = ledger.record;
        // EFFECTS
        uint256 fromFund = deficit < record.insuranceFund ? deficit : record.insuranceFund;
        uint256 socialised = socialise(ledger.markets[marketId], size, deficit - fromFund, cap);
        uint256 unresolved = deficit - fromFund - socialised;
        record.insuranceFund -= uint128(fromFund);
        record.unresolvedBadDebt = (record.unresolvedBadDebt + unresolved).toUint128();
        Cash.add(ledger, account, int256(deficit));
        // EVENTS
        emit IClearingHouse.DeficitCovered(account, marketId, fromFund, socialised, unresolved);
    }

    /// @notice Covers `debt` (wei) of an account that has nothing left: from the fund, the rest is unresolved bad debt.
    function coverDebt(Ledger storage ledger, address account, uint256 debt) internal {
        SystemRecord storage record = ledger.record;
        // EFFECTS
        uint256 fromFund = debt < record.insuranceFund ? debt : record.insuranceFund;
        record.insuranceFund -= uint128(fromFund);
        record.unresolvedBadDebt = (record.unresolvedBadDebt + debt - fromFund).toUint128();
        Cash.add(ledger, account, int256(debt));
        // EVENTS
        emit IClearingHouse.DebtCovered(account, fromFund, debt - fromFund);
    }

    /// @notice Pays up to `amount` (wei) out of the fund; returns what it paid.
    function give(Ledger storage ledger, uint256 amount) internal returns (uint256 paid) {
        // EFFECTS
        paid = amount < ledger.record.insuranceFund ? amount : ledger.record.insuranceFund;
        ledger.record.insuranceFund -= uint128(paid);
    }

    /// @notice Adds to unresolved bad debt, wei.
    function owe(Ledger storage ledger, uint256 amount) internal {
        // EFFECTS
        if (amount == 0) return;
        ledger.record.unresolvedBadDebt = (ledger.record.unresolvedBadDebt + amount).toUint128();
    }

    /// @notice Charges up to `amount` (wei) per unit to the side opposite to `size`; the charge per unit is rounded up,
    /// what that collects beyond the amount is the market's dust.
    /// @return charged What was charged, wei, rounded down where the cap binds or the index has no room.
    function socialise(Market storage market, int256 size, uint256 amount, uint256 cap)
        internal
        returns (uint256 charged)
    {
        MarketRecord storage record = market.record;
        if (amount == 0 || record.openInterest == 0) return 0;
        uint256 most = type(uint160).max - (size > 0 ? record.shortLossIndex : record.longLossIndex);
        if (cap < most) most = cap;
        // EFFECTS
        uint256 step = FixedPoint.mulDivUp(amount, FixedPoint.WEI, record.openInterest);
        charged = amount;
        if (step > most) {
            step = most;
            charged = step * record.openInterest / FixedPoint.WEI;
        }
        record.socialised = true;
        if (size > 0) record.shortLossIndex += uint160(step);
        else record.longLossIndex += uint160(step);
        record.clearing -= int256(charged);
        record.dust += step * record.openInterest - charged * FixedPoint.WEI;
    }
}
