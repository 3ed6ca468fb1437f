// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Insurance} from "./Insurance.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {AccountRecord, CreditParameters, Ledger, SystemRecord} from "./Records.sol";

/// @notice What interest has come to by this block: the two indices, and what the insurance fund earned on the way.
struct Interest {
    uint256 debtIndex;
    uint256 creditIndex;
    uint256 fundIncome;
}

/// @title Cash of accounts: negative cash pays interest, positive cash receives it.
/// @notice An index is what one wei of cash has paid or received since the start, as a numerator. Debtors pay rounded
/// up, holders receive rounded down; in between the interest pool holds what was paid and not yet received.
library Cash {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @notice Adds to an account's cash; interest is booked first. Wei.
    function add(Ledger storage ledger, address account, int256 amount) internal {
        // EFFECTS
        book(ledger, account);
        _set(ledger, account, ledger.accounts[account].cash + amount);
    }

    /// @notice Books the interest that the account's cash has paid or received up to this block.
    function book(Ledger storage ledger, address account) internal {
        // EFFECTS
        accrue(ledger);
        AccountRecord storage record = ledger.accounts[account];
        int256 interest = pending(ledger, account, Interest(ledger.record.debtIndex, ledger.record.creditIndex, 0));
        if (interest == 0) return;
        ledger.record.interestPool -= interest;
        _set(ledger, account, record.cash + interest);
        // EVENTS
        emit IClearingHouse.InterestBooked(account, interest);
    }

    /// @notice Interest since the account's cash was last booked: received is positive, rounded down; owed is negative,
    /// rounded up. Wei.
    function pending(Ledger storage ledger, address account, Interest memory interest) internal view returns (int256) {
        AccountRecord storage record = ledger.accounts[account];
        uint256 index = record.cash < 0 ? interest.debtIndex : interest.creditIndex;
        if (index == record.cashIndex) return 0;
        uint256 passed = index - record.cashIndex;
        if (record.cash < 0) {
            return -int256(FixedPoint.mulDivUp(FixedPoint.absolute(record.cash), passed, FixedPoint.WEI));
        }
        return int256(FixedPoint.mulDivDown(FixedPoint.absolute(record.cash), passed, FixedPoint.WEI));
    }

    /// @notice The account's cash with interest up to this block, wei.
    function current(Ledger storage ledger, address account) internal view returns (int256) {
        return ledger.accounts[account].cash + pending(ledger, account, currentInterest(ledger));
    }

    /// @notice Brings both indices up to this block; the fund receives its share at once.
    function accrue(Ledger storage ledger) internal {
        SystemRecord storage record = ledger.record;
        if (record.interestAt == block.timestamp) return;
        // EFFECTS
        Interest memory interest = currentInterest(ledger);
        record.interestAt = uint40(block.timestamp);
        if (interest.debtIndex == record.debtIndex) return;
        record.debtIndex = interest.debtIndex.toUint128();
        record.creditIndex = interest.creditIndex.toUint128();
        record.interestPool -= int256(interest.fundIncome);
        // EVENTS
        emit IClearingHouse.InterestAccrued(interest.debtIndex, interest.creditIndex, interest.fundIncome);
        Insurance.credit(ledger, interest.fundIncome);
    }

    /// @notice Both indices as of this block; they stand still while the system is paused.
    /// @dev What holders receive per wei never exceeds what debtors pay per wei, however little cash there is.
    function currentInterest(Ledger storage ledger) internal view returns (Interest memory interest) {
        SystemRecord storage record = ledger.record;
        interest.debtIndex = record.debtIndex;
        interest.creditIndex = record.creditIndex;
        uint256 debt = record.totalDebt;
        if (debt == 0 || record.paused || record.interestAt == block.timestamp) return interest;
        uint256 step = interestRate(ledger) * (block.timestamp - record.interestAt) * FixedPoint.WAD;
        uint256 earned = FixedPoint.mulDivDown(debt, step, FixedPoint.WEI);
        uint256 shared = earned - FixedPoint.mulDivDown(earned, ledger.creditParameters.fundShare, FixedPoint.WAD);
        uint256 credit = record.totalCredit;
        uint256 creditStep = step;
        if (FixedPoint.mulDivUp(credit, step, FixedPoint.WEI) > shared) {
            creditStep = FixedPoint.mulDivDown(shared, FixedPoint.WEI, credit);
        }
        interest.debtIndex += step;
        interest.creditIndex += creditStep;
        interest.fundIncome = earned - FixedPoint.mulDivUp(credit, creditStep, FixedPoint.WEI);
    }

    /// @notice What negative cash costs now, WAD per second, rounded up: two slopes over the utilisation, steeper beyond
    /// the kink (Aave's and Compound's curve).
    function interestRate(Ledger storage ledger) internal view returns (uint256) {
        CreditParameters storage parameters = ledger.creditParameters;
        uint256 used = utilisation(ledger);
        uint256 kink = parameters.kink;
        if (used <= kink) {
            if (used == 0) return parameters.baseRate;
            uint256 slope = parameters.kinkRate - parameters.baseRate;
            return parameters.baseRate + FixedPoint.mulDivUp(slope, used, kink);
        }
        uint256 rest = parameters.maximumRate - parameters.kinkRate;
        return parameters.kinkRate + FixedPoint.mulDivUp(rest, used - kink, FixedPoint.WAD - kink);
    }

    /// @notice Negative cash as a share of positive cash, WAD, rounded up, at most one.
    function utilisation(Ledger storage ledger) internal view returns (uint256) {
        uint256 debt = ledger.record.totalDebt;
        uint256 credit = ledger.record.totalCredit;
        if (debt == 0) return 0;
        if (debt >= credit) return FixedPoint.WAD;
        return FixedPoint.mulDivUp(debt, FixedPoint.WAD, credit);
    }

    /// @dev Writes an account's cash, the totals, and the index that the new cash goes by from here on.
    function _set(Ledger storage ledger, address account, int256 next) private {
        AccountRecord storage record = ledger.accounts[account];
        SystemRecord storage system = ledger.record;
        int256 cash = record.cash;
        // EFFECTS
        record.cash = next.toInt128();
        record.cashIndex = next < 0 ? system.debtIndex : system.creditIndex;
        if (cash < 0 || next < 0) system.totalDebt = (system.totalDebt + _negative(next) - _negative(cash)).toUint128();
        if (cash > 0 || next > 0) system.totalCredit = (system.totalCredit + _positive(next) - _positive(cash)).toUint128();
    }

    function _positive(int256 cash) private pure returns (uint256) {
        return cash > 0 ? uint256(cash) : 0;
    }

    function _negative(int256 cash) private pure returns (uint256) {
        return cash < 0 ? uint256(-cash) : 0;
    }
}
