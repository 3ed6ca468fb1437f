// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";
import {Deficits} from "./Deficits.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Standing} from "./Instruments.sol";
import {Liquidation, Takeover, Terms} from "./Liquidation.sol";
import {Margin} from "./Margin.sol";
import {Markets} from "./Markets.sol";
import {Leg, Offsets} from "./Offsets.sol";
import {Orders} from "./Orders.sol";
import {Beside, Perpetuals} from "./Perpetuals.sol";
import {Positions} from "./Positions.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, Route, MAX_CANDIDATES} from "./Records.sol";

/// @notice A holder opposite to a bankrupt position, and what it is ranked by: weight / equity.
/// @param size Of its position, WAD.
/// @param profit Of its position at the mark; a numerator.
/// @param weight Profit x notional of the whole account, each in wei and rounded down; 0 for who is no candidate now.
/// @param equity Positive; a numerator.
struct Candidate {
    address account;
    int256 size;
    int256 profit;
    uint256 weight;
    uint256 equity;
    Standing standing;
}

/// @notice What is left to close of a bankrupt position: size and mark WAD, and what candidates have to give up for it, a
/// numerator.
struct Closing {
    address account;
    address caller;
    uint256 marketId;
    bool isLong;
    uint256 mark;
    uint256 left;
    uint256 owed;
}

/// @title Deleveraging: a bankrupt account's positions are closed against those who profit most with the most leverage, at
/// the price at which the account ends with nothing and owes nothing.
library Deleveraging {
    /// @notice Notes that an account is bankrupt; anyone may.
    function flag(Ledger storage ledger, address account) external {
        // CHECKS
        if (ledger.flags[account].flaggedAt != 0) revert IClearingHouse.FlagStands(account);
        // MARGIN
        if (!isBankrupt(ledger, account)) revert IClearingHouse.NotBankrupt(account);
        // EFFECTS
        ledger.flags[account].flaggedAt = uint40(block.timestamp);
        // EVENTS
        emit IClearingHouse.AccountFlagged(account);
    }

    /// @notice Takes the flag off an account that is not bankrupt any more; anyone may.
    function unflag(Ledger storage ledger, address account) external {
        // CHECKS
        if (ledger.flags[account].flaggedAt == 0) revert IClearingHouse.NotFlagged(account);
        // MARGIN
        if (isBankrupt(ledger, account)) revert IClearingHouse.FlagStands(account);
        // EFFECTS
        clearFlag(ledger, account);
    }

    /// @notice Enters a holder with a profit into the candidates on its side of a market; anyone may. Into a full list only
    /// in the place of who comes last, and after the new one.
    function nominate(Ledger storage ledger, uint256 marketId, address account) external {
        // CHECKS
        Markets.active(ledger, marketId);
        bool isLong = ledger.positions[account][marketId].size > 0;
        address[] storage list = ledger.candidates[marketId][isLong];
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] == account) revert IClearingHouse.AlreadyNominated(account, marketId);
        }
        // PRICES
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Trade);
        // MARGIN
        Candidate memory candidate = candidateOf(ledger, marks, marketId, account, isLong);
        if (candidate.weight == 0) revert IClearingHouse.NotCandidate(account, marketId);
        uint256 place = placeOf(ledger, marks, marketId, isLong, candidate);
        // EFFECTS
        address replaced;
        if (place == list.length) {
            list.push(account);
        } else {
            replaced = list[place];
            list[place] = account;
        }
        // EVENTS
        emit IClearingHouse.Nominated(account, marketId, replaced);
    }

    /// @notice Closes a position of a bankrupt account against its candidates, best first, at one price; at most so many of
    /// them take part. Anyone may, a minimum time after the flag.
    /// @dev The account must be bankrupt at the marks that trades go by, since candidates are closed against their will, and
    /// with its tokens at the prices of a liquidation, so that it is not bankrupt for want of one.
    function autoDeleverage(
        Ledger storage ledger,
        address caller,
        address account,
        uint256 marketId,
        uint256 maxCandidates
    ) external {
        // CHECKS
        Markets.active(ledger, marketId);
        requireDue(ledger, account);
        // PRICES
        Marks memory marks = Pricing.distressMarks(ledger, Purpose.Trade);
        // MARGIN
        Closing memory closing = closingOf(ledger, marks, caller, account, marketId);
        marks = Pricing.tradeMarks(ledger, marks);
        Candidate[] memory candidates = ranked(ledger, marks, marketId, !closing.isLong);
        // EFFECTS
        Positions.bookAll(ledger, account);
        Orders.releaseAll(ledger, account);
        uint256 taken = 0;
        for (uint256 i = 0; i < candidates.length && taken < maxCandidates && closing.left > 0; ++i) {
            if (closeAgainst(ledger, closing, candidates[i])) taken += 1;
        }
        if (taken == 0) revert IClearingHouse.NoCandidate(account, marketId);
        if (ledger.accounts[account].openPositions == 0) clearFlag(ledger, account);
    }

    /// @notice Reverts unless the account was flagged the minimum time ago.
    function requireDue(Ledger storage ledger, address account) internal view {
        // CHECKS
        uint256 flaggedAt = ledger.flags[account].flaggedAt;
        if (flaggedAt == 0) revert IClearingHouse.NotFlagged(account);
        uint256 from = flaggedAt + ledger.parameters.deleverageDelay;
        if (block.timestamp < from) revert IClearingHouse.DeleveragingTooEarly(account, from);
    }

    /// @notice How many are nominated against a position that may be closed against them by now; 0 before its time.
    function dueOf(Ledger storage ledger, address account, uint256 marketId) internal view returns (uint256) {
        uint256 flaggedAt = ledger.flags[account].flaggedAt;
        if (flaggedAt == 0 || block.timestamp < flaggedAt + ledger.parameters.deleverageDelay) return 0;
        bool isLong = ledger.positions[account][marketId].size > 0;
        return ledger.candidates[marketId][!isLong].length;
    }

    /// @notice Whether an account has an open position and negative equity, at the prices of a liquidation.
    function isBankrupt(Ledger storage ledger, address account) internal view returns (bool) {
        // MARGIN
        if (ledger.accounts[account].openPositions == 0) return false;
        Standing memory standing = Margin.standingOf(ledger, account, Pricing.newMarks(ledger, Purpose.Liquidation));
        return Deficits.shortfallOf(ledger, account, standing) > 0;
    }

    /// @notice Forgets an account's flag.
    function clearFlag(Ledger storage ledger, address account) internal {
        // EFFECTS
        delete ledger.flags[account];
        // EVENTS
        emit IClearingHouse.AccountUnflagged(account);
    }

    /// @notice Where a new candidate goes in the list: behind all, or in a full one in the place of the last by rank.
    function placeOf(
        Ledger storage ledger,
        Marks memory marks,
        uint256 marketId,
        bool isLong,
        Candidate memory candidate
    ) internal view returns (uint256 place) {
        // MARGIN
        address[] storage list = ledger.candidates[marketId][isLong];
        if (list.length < MAX_CANDIDATES) return list.length;
        Candidate memory last = candidate;
        for (uint256 i = 0; i < list.length; ++i) {
            Candidate memory next = candidateOf(ledger, marks, marketId, list[i], isLong);
            if (precedes(last, next)) (last, place) = (next, i);
        }
        if (last.account == candidate.account) revert IClearingHouse.NotCandidate(candidate.account, marketId);
    }

    /// @notice All candidates on one side of a market, best first.
    function ranked(Ledger storage ledger, Marks memory marks, uint256 marketId, bool isLong)
        internal
        view
        returns (Candidate[] memory candidates)
    {
        // MARGIN
        address[] storage list = ledger.candidates[marketId][isLong];
        candidates = new Candidate[](list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            Candidate memory next = candidateOf(ledger, marks, marketId, list[i], isLong);
            uint256 place = i;
            while (place > 0 && precedes(next, candidates[place - 1])) {
                candidates[place] = candidates[place - 1];
                place -= 1;
            }
            candidates[place] = next;
        }
    }

    /// @notice Whether a candidate comes before another: by profit x leverage, which is notional / equity; of equals the
    /// lower address. Compared exactly.
    function precedes(Candidate memory first, Candidate memory second) internal pure returns (bool) {
        (uint256 firstHigh, uint256 firstLow) = Math.mul512(first.weight, second.equity);
        (uint256 secondHigh, uint256 secondLow) = Math.mul512(second.weight, first.equity);
        if (firstHigh != secondHigh) return firstHigh > secondHigh;
        if (firstLow != secondLow) return firstLow > secondLow;
        return first.account < second.account;
    }

    /// @notice An account as a candidate on one side of a market. One without weight holds nothing there now, has no profit or
    /// no equity, or a position without a price.
    function candidateOf(
        Ledger storage ledger,
        Marks memory marks,
        uint256 marketId,
        address account,
        bool isLong
    ) internal view returns (Candidate memory candidate) {
        // PRICES
        candidate.account = account;
        candidate.equity = 1;
        int256 size = ledger.positions[account][marketId].size;
        if (size == 0 || size > 0 != isLong || !isPriced(ledger, marks, account)) return candidate;
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, account, marks);
        int256 value = size * int256(Pricing.markOf(ledger, marks, marketId) * FixedPoint.WAD);
        int256 profit = Perpetuals.bookedQuote(ledger, account, marketId, marks) + value;
        if (profit <= 0 || standing.equity <= 0) return candidate;
        candidate.size = size;
        candidate.profit = profit;
        candidate.weight = uint256(profit) / FixedPoint.WEI * (Margin.notionalOf(standing) / FixedPoint.WAD);
        candidate.equity = uint256(standing.equity);
        candidate.standing = standing;
    }

    /// @notice Whether every market in which the account has a position has a price.
    function isPriced(Ledger storage ledger, Marks memory marks, address account) internal view returns (bool) {
        // PRICES
        uint256 remaining = ledger.accounts[account].markets;
        while (remaining != 0) {
            uint256 marketId = LibBit.ffs(remaining);
            remaining &= remaining - 1;
            if (ledger.positions[account][marketId].size == 0) continue;
            if (Pricing.markOrZero(ledger, marks, marketId) == 0) return false;
        }
        return true;
    }

    /// @notice What is to be closed, and what falls to it of the account's deficit: by maintenance margin before offsets,
    /// rounded down, so that the last position takes the rest.
    function closingOf(
        Ledger storage ledger,
        Marks memory marks,
        address caller,
        address account,
        uint256 marketId
    ) internal view returns (Closing memory closing) {
        // CHECKS
        int256 size = ledger.positions[account][marketId].size;
        if (size == 0) revert IClearingHouse.NoPosition(account, marketId);
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, account, marks);
        uint256 deficit = Deficits.shortfallOf(ledger, account, standing);
        if (deficit == 0) revert IClearingHouse.NotBankrupt(account);
        Leg memory leg = standing.legs[Offsets.indexOf(standing.legs, marketId)];
        (closing.account, closing.caller, closing.marketId) = (account, caller, marketId);
        closing.isLong = size > 0;
        closing.mark = leg.mark;
        closing.left = FixedPoint.absolute(size);
        closing.owed = FixedPoint.mulDivDown(lessReserve(ledger, account, deficit), leg.maintenance, standing.gross);
    }

    /// @notice What others must give up for a bankrupt account, a numerator: its reserve comes first, except for what a keeper
    /// may still get of it.
    function lessReserve(Ledger storage ledger, address account, uint256 deficit)
        internal
        view
        returns (uint256)
    {
        // MARGIN
        uint256 reserve = ledger.accounts[account].reserve;
        uint256 kept = ledger.parameters.minimumKeeperReward;
        uint256 own = reserve > kept ? (reserve - kept) * FixedPoint.WEI : 0;
        return deficit > own ? deficit - own : 0;
    }

    /// @notice Closes as much as the candidate holds, at the mark less what falls to it of the deficit, rounded down; nothing
    /// where it cannot bear that. Both sides use one exact notional.
    function closeAgainst(Ledger storage ledger, Closing memory closing, Candidate memory candidate)
        internal
        returns (bool)
    {
        // MARGIN
        uint256 size = FixedPoint.absolute(candidate.size);
        if (size > closing.left) size = closing.left;
        uint256 given = FixedPoint.mulDivDown(closing.owed, size, closing.left);
        if (!canGive(ledger, closing, candidate, size, given)) return false;
        // EFFECTS
        payReward(ledger, closing, size);
        Orders.releaseAll(ledger, candidate.account);
        Positions.bookAll(ledger, candidate.account);
        int256 moved = closing.isLong ? int256(size) : -int256(size);
        int256 paid = moved * int256(closing.mark * FixedPoint.WAD) + int256(given);
        Positions.exchange(ledger, closing.account, closing.marketId, -moved, -paid);
        Positions.exchange(ledger, candidate.account, closing.marketId, moved, paid);
        closing.left -= size;
        closing.owed -= given;
        // EVENTS
        emit IClearingHouse.Deleveraged(closing.account, closing.marketId, candidate.account, size, paid);
        return true;
    }

    /// @notice Whether a candidate has a profit at that price, and is not liquidatable after it gave up `given` (a numerator)
    /// for `size` of its position. Where the position is closed, the fraction of a wei that it leaves behind is taken off.
    function canGive(
        Ledger storage ledger,
        Closing memory closing,
        Candidate memory candidate,
        uint256 size,
        uint256 given
    ) internal view returns (bool) {
        // MARGIN
        if (candidate.weight == 0) return false;
        uint256 held = FixedPoint.absolute(candidate.size);
        if (FixedPoint.productAtLeast(int256(given), held, candidate.profit, size)) return false;
        Standing memory standing = candidate.standing;
        int256 equity = standing.equity - int256(given);
        if (size == held) equity -= (candidate.profit - int256(given)) % int256(FixedPoint.WEI);
        // Less of a position never requires more.
        if (equity >= int256(standing.maintenance + standing.fee)) return true;
        Beside memory beside = Perpetuals.besideOf(ledger, standing, closing.marketId);
        int256 rest = candidate.size > 0 ? candidate.size - int256(size) : candidate.size + int256(size);
        uint256 required = Perpetuals.requiredWith(ledger, standing.marks, beside, rest, closing.mark);
        return equity >= int256(required);
    }

    /// @notice With the account's last position the caller gets the minimum keeper reward, as in a forced close; the rest of
    /// the reserve returns to the account.
    function payReward(Ledger storage ledger, Closing memory closing, uint256 size) internal {
        // EFFECTS
        Takeover memory takeover;
        (takeover.account, takeover.caller, takeover.route) = (closing.account, closing.caller, Route.Deleverage);
        Terms memory terms;
        (terms.held, terms.size) = (ledger.positions[closing.account][closing.marketId].size, size);
        Liquidation.payReward(ledger, takeover, terms);
    }
}
