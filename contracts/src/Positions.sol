// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";
import {Cash} from "./Cash.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Funding} from "./Funding.sol";
import {Insurance} from "./Insurance.sol";
import {Requirement} from "./Requirement.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {
    AccountRecord,
    Ledger,
    Market,
    MarketRecord,
    Phase,
    Position,
    MAX_ACCOUNT_MARKETS,
    MAX_SIZE
} from "./Records.sol";

/// @title How positions change and how their profit and loss becomes cash.
library Positions {
    using SafeCast for uint256;

    /// @notice Books interest, and funding and losses of all the account's positions, up to this block.
    function bookAll(Ledger storage ledger, address account) internal {
        Cash.book(ledger, account);
        uint256 remaining = ledger.accounts[account].markets;
        while (remaining != 0) {
            uint256 marketId = LibBit.ffs(remaining);
            remaining &= remaining - 1;
            Funding.book(ledger, account, marketId);
        }
    }

    /// @notice Adds to a position at one price; its funding and losses must be booked.
    /// @param sizeDelta Change of size, WAD; positive buys.
    /// @param price WAD; size and quote change by the exact notional, so nothing is rounded.
    function change(Ledger storage ledger, address account, uint256 marketId, int256 sizeDelta, uint256 price)
        internal
    {
        exchange(ledger, account, marketId, sizeDelta, sizeDelta * int256(price * FixedPoint.WAD));
    }

    /// @notice Adds to a position for one notional; its funding and losses must be booked.
    /// @param sizeDelta Change of size, WAD; positive buys.
    /// @param paid What is paid for it, a numerator; negative is received.
    function exchange(Ledger storage ledger, address account, uint256 marketId, int256 sizeDelta, int256 paid)
        internal
    {
        // CHECKS
        Market storage market = ledger.markets[marketId];
        Position storage position = ledger.positions[account][marketId];
        int256 size = position.size;
        int256 next = size + sizeDelta;
        int256 owed = size == 0 ? position.quote : int256(0);
        if (FixedPoint.absolute(next) > MAX_SIZE || Requirement.isBeyondCap(market.risk, size, next)) {
            revert IClearingHouse.PositionTooLarge(account, marketId);
        }
        requireMember(ledger, account, marketId);
        // EFFECTS
        ledger.accounts[account].markets |= uint64(1 << marketId);
        if (size == 0) _countOpened(ledger, account);
        if (next == 0) _countClosed(ledger, account);
        position.size = int96(next);
        position.quote -= paid;
        position.fundingIndex = market.record.fundingIndex;
        Funding.bookLosses(market, position, next);
        market.record.openInterest = (market.record.openInterest + _long(next) - _long(size)).toUint128();
        // EVENTS
        emit IClearingHouse.PositionChanged(account, marketId, next, position.quote);
        if (next == 0) _settle(ledger, account, marketId, 0, 0);
        // EFFECTS
        _countOwed(market, owed, next == 0 ? position.quote : int256(0));
    }

    /// @notice Reverts where the account is tied to another market, or would be in more markets than it may, by position,
    /// quote or order.
    function requireMember(Ledger storage ledger, address account, uint256 marketId) internal view {
        // CHECKS
        AccountRecord storage record = ledger.accounts[account];
        if (record.isolatedTo != 0 && record.isolatedTo != marketId + 1) {
            revert IClearingHouse.IsolatedAccount(account, record.isolatedTo - 1);
        }
        uint256 markets = record.markets | record.orderedMarkets | (1 << marketId);
        if (LibBit.popCount(markets) > MAX_ACCOUNT_MARKETS) revert IClearingHouse.TooManyMarkets(account);
    }

    /// @notice Whether a position's quote and value at the mark (WAD) come to a profit or to nothing.
    function isProfit(Ledger storage ledger, address account, uint256 marketId, uint256 mark)
        internal
        view
        returns (bool)
    {
        Position storage position = ledger.positions[account][marketId];
        return position.quote + position.size * int256(mark * FixedPoint.WAD) >= 0;
    }

    /// @notice Turns profit or loss into cash: a loss as far as the account's cash and credit reach, a profit as far as
    /// the market's clearing balance (the pool of settled losses) reaches, and in a delisted market not at all. Health does
    /// not change.
    /// @param mark WAD; without effect where the position is closed.
    /// @param credit How far below zero a loss may take cash, wei.
    function settle(Ledger storage ledger, address account, uint256 marketId, uint256 mark, uint256 credit) internal {
        Position storage position = ledger.positions[account][marketId];
        int256 owed = position.size == 0 ? position.quote : int256(0);
        // EFFECTS
        _settle(ledger, account, marketId, mark, credit);
        if (position.size == 0) _countOwed(ledger.markets[marketId], owed, position.quote);
    }

    /// @notice Forgets a closed position.
    function forget(Ledger storage ledger, address account, uint256 marketId) internal {
        // EFFECTS
        delete ledger.positions[account][marketId];
        ledger.accounts[account].markets &= ~uint64(1 << marketId);
    }

    /// @dev Without counting what the position owes once it is closed.
    function _settle(Ledger storage ledger, address account, uint256 marketId, uint256 mark, uint256 credit) private {
        Position storage position = ledger.positions[account][marketId];
        int256 profit = position.quote + position.size * int256(mark * FixedPoint.WAD);
        if (profit >= 0 && ledger.markets[marketId].record.phase == Phase.Closed) return;
        int256 pool = profit < 0 ? ledger.accounts[account].cash + int256(credit) : _poolOf(ledger.markets[marketId]);
        // A loss is rounded up and a profit down; the fraction stays in the quote.
        int256 amount = FixedPoint.floorDiv(profit, FixedPoint.WEI);
        // EFFECTS
        if (pool <= 0) amount = 0;
        else amount = FixedPoint.clamp(amount, uint256(pool));
        if (amount != 0) {
            Cash.add(ledger, account, amount);
            _pay(ledger, ledger.markets[marketId].record, amount);
            position.quote -= amount * int256(FixedPoint.WEI);
            // EVENTS
            emit IClearingHouse.ProfitSettled(account, marketId, amount);
        }
        if (position.size == 0) _release(ledger, account, marketId);
    }

    /// @dev How much of profits can be paid now, wei: nothing where they became claims.
    function _poolOf(Market storage market) private view returns (int256) {
        return market.record.phase >= Phase.Delisted ? int256(0) : market.record.clearing;
    }

    /// @dev Takes a profit from the market's clearing balance, or adds a loss to it; once it is closed, to the fund.
    function _pay(Ledger storage ledger, MarketRecord storage market, int256 amount) private {
        // EFFECTS
        if (market.phase == Phase.Closed) Insurance.credit(ledger, uint256(-amount));
        else market.clearing -= amount;
    }

    /// @dev Counts what a closed position owes after a change, where its quote was or is negative.
    function _countOwed(Market storage market, int256 before, int256 next) private {
        if (before >= 0 && next >= 0) return;
        // EFFECTS
        uint256 unpaid = market.finalRecord.unpaid;
        if (next < 0) unpaid += uint256(-next);
        if (before < 0) unpaid -= uint256(-before);
        market.finalRecord.unpaid = unpaid;
    }

    /// @dev Counts a position that was opened; the first one locks the liquidation reserve.
    function _countOpened(Ledger storage ledger, address account) private {
        AccountRecord storage record = ledger.accounts[account];
        uint96 reserve = ledger.parameters.liquidationReserve;
        // EFFECTS
        record.openPositions += 1;
        if (record.openPositions > 1 || reserve == 0) return;
        record.reserve = reserve;
        Cash.add(ledger, account, -int256(uint256(reserve)));
        // EVENTS
        emit IClearingHouse.ReserveChanged(account, reserve);
    }

    /// @dev Counts a position that was closed; the last one releases what is left of the reserve.
    function _countClosed(Ledger storage ledger, address account) private {
        AccountRecord storage record = ledger.accounts[account];
        // EFFECTS
        record.openPositions -= 1;
        if (record.openPositions > 0 || record.reserve == 0) return;
        Cash.add(ledger, account, int256(uint256(record.reserve)));
        record.reserve = 0;
        // EVENTS
        emit IClearingHouse.ReserveChanged(account, 0);
    }

    /// @dev Forgets a closed position once less than a wei is left of it; the fraction is the market's dust.
    function _release(Ledger storage ledger, address account, uint256 marketId) private {
        Market storage market = ledger.markets[marketId];
        Position storage position = ledger.positions[account][marketId];
        // EFFECTS
        if (position.quote >= 0 && position.quote < int256(FixedPoint.WEI)) {
            market.record.dust += uint256(position.quote);
            forget(ledger, account, marketId);
        }
        if (market.record.openInterest == 0 && market.record.phase != Phase.Closed) _sweep(ledger, marketId);
    }

    /// @dev Moves the whole wei of a market's dust from its clearing balance to the system's dust.
    function _sweep(Ledger storage ledger, uint256 marketId) private {
        MarketRecord storage market = ledger.markets[marketId].record;
        uint256 amount = market.dust / FixedPoint.WEI;
        if (amount == 0) return;
        // EFFECTS
        market.dust -= amount * FixedPoint.WEI;
        market.clearing -= int256(amount);
        ledger.record.dust = (ledger.record.dust + amount).toUint128();
        // EVENTS
        emit IClearingHouse.DustSwept(marketId, amount);
    }

    function _long(int256 size) private pure returns (uint256) {
        return size > 0 ? uint256(size) : 0;
    }
}
