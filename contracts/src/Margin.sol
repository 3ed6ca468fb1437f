// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibBit} from "solady/src/utils/LibBit.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Funding} from "./Funding.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {AccountRecord, Ledger, MarginTier, Market, Position} from "./Records.sol";

/// @notice An account's standing at given marks; all numerators, exact.
/// @param equity Cash and profit and loss of all positions, accrued funding and losses included.
/// @param losses The negative profits and losses alone.
/// @param initial Initial margin.
/// @param maintenance Maintenance margin.
/// @param fee Liquidation fee on the whole notional.
struct Standing {
    int256 equity;
    int256 losses;
    uint256 initial;
    uint256 maintenance;
    uint256 fee;
}

/// @notice Marks of one call, each read at most once.
struct Marks {
    Purpose purpose;
    uint256[] known;
}

/// @title Equity and requirements of an account, and the tests on them.
/// @notice Everything is compared as exact numerators at one scale; only published figures are rounded, against the
/// account. The liquidation reserve is locked cash that counts once on either side of every test, and is left out of
/// both.
library Margin {
    /// @notice An empty set of marks for one call.
    function newMarks(Ledger storage ledger, Purpose purpose) internal view returns (Marks memory) {
        return Marks(purpose, new uint256[](ledger.marketCount));
    }

    /// @notice The mark of a market: the index price of the oracle hub.
    function markOf(Ledger storage ledger, Marks memory marks, uint256 marketId) internal view returns (uint256 mark) {
        // PRICES
        mark = marks.known[marketId];
        if (mark != 0) return mark;
        mark = ledger.hub.price(ledger.markets[marketId].parameters.priceId, marks.purpose);
        marks.known[marketId] = mark;
    }

    /// @notice The mark of a market, or 0 where no price can be trusted.
    function markOrZero(Ledger storage ledger, Marks memory marks, uint256 marketId) internal view returns (uint256) {
        // PRICES
        try ledger.hub.price(ledger.markets[marketId].parameters.priceId, marks.purpose) returns (uint256 mark) {
            return mark;
        } catch {
            return 0;
        }
    }

    /// @notice The account's standing at these marks.
    function standingOf(Ledger storage ledger, address account, Marks memory marks)
        internal
        view
        returns (Standing memory standing)
    {
        // MARGIN
        AccountRecord storage record = ledger.accounts[account];
        standing.equity = record.cash * int256(FixedPoint.WEI);
        uint256 remaining = record.markets;
        while (remaining != 0) {
            uint256 marketId = LibBit.ffs(remaining);
            remaining &= remaining - 1;
            addPosition(ledger, account, marketId, marks, standing);
        }
    }

    /// @notice Adds one position's profit or loss and requirements to a standing.
    function addPosition(
        Ledger storage ledger,
        address account,
        uint256 marketId,
        Marks memory marks,
        Standing memory standing
    ) internal view {
        // PRICES
        Market storage market = ledger.markets[marketId];
        Position storage position = ledger.positions[account][marketId];
        int256 profit = bookedQuote(ledger, account, marketId);
        int256 size = position.size;
        if (size != 0) {
            uint256 mark = markOf(ledger, marks, marketId);
            profit += size * int256(mark * FixedPoint.WAD);
            // MARGIN
            uint256 notional = FixedPoint.absolute(size) * mark;
            (uint256 initial, uint256 maintenance) = requirement(market, notional);
            standing.initial += initial;
            standing.maintenance += maintenance;
            standing.fee += notional * market.parameters.liquidationFeeRate;
        }
        standing.equity += profit;
        if (profit < 0) standing.losses += profit;
    }

    /// @notice A position's quote with the funding and losses accrued until now.
    function bookedQuote(Ledger storage ledger, address account, uint256 marketId) internal view returns (int256) {
        Market storage market = ledger.markets[marketId];
        Position storage position = ledger.positions[account][marketId];
        int256 funding = Funding.pendingFunding(position, Funding.currentIndex(ledger, marketId));
        return position.quote + funding - int256(Funding.pendingLoss(market, position));
    }

    /// @notice Initial and maintenance margin of one position by continuous step tiers; numerators.
    /// @param notional |size| x mark, not divided by WAD.
    function requirement(Market storage market, uint256 notional)
        internal
        view
        returns (uint256 initial, uint256 maintenance)
    {
        // MARGIN
        MarginTier storage tier = tierOf(market, notional);
        initial = notional * tier.initialRate - tier.initialDeduction;
        maintenance = notional * tier.maintenanceRate - tier.maintenanceDeduction;
    }

    /// @notice The tier that a notional falls into; at a boundary both tiers agree.
    function tierOf(Market storage market, uint256 notional) internal view returns (MarginTier storage tier) {
        uint256 i = market.tiers.length - 1;
        while (i > 0 && notional <= market.tiers[i].lowerBound * FixedPoint.WAD) {
            i -= 1;
        }
        return market.tiers[i];
    }

    /// @notice Whether equity is below maintenance margin plus liquidation fee; equal is safe, and so is an account
    /// without an open position, which may owe a fraction of a wei.
    function isBelowMaintenance(Standing memory standing) internal pure returns (bool) {
        uint256 required = standing.maintenance + standing.fee;
        return required > 0 && standing.equity < int256(required);
    }

    /// @notice Whether equity covers initial margin; equal is enough.
    function isAboveInitial(Standing memory standing) internal pure returns (bool) {
        return standing.equity >= int256(standing.initial);
    }

    /// @notice Whether the margin ratio did not fall from `before` to `next`; exact.
    function isRatioKept(Standing memory before, Standing memory next) internal pure returns (bool) {
        return FixedPoint.productAtLeast(
            next.equity, before.maintenance + before.fee, before.equity, next.maintenance + next.fee
        );
    }

    /// @notice Reverts unless the account has initial margin at these marks.
    function requireInitial(Ledger storage ledger, address account, Marks memory marks) internal view {
        // MARGIN
        Standing memory standing = standingOf(ledger, account, marks);
        if (!isAboveInitial(standing)) revertInsufficient(account, standing);
    }

    /// @notice Reverts where cash is negative: fees and reserves are paid in cash, never out of unrealised profit.
    function requireCash(Ledger storage ledger, address account) internal view {
        // MARGIN
        int256 cash = ledger.accounts[account].cash;
        if (cash < 0) revert IClearingHouse.InsufficientCash(account, cash);
    }

    /// @notice Reverts with the account's published equity and initial margin.
    function revertInsufficient(address account, Standing memory standing) internal pure {
        revert IClearingHouse.InsufficientMargin(
            account,
            FixedPoint.floorDiv(standing.equity, FixedPoint.WEI),
            FixedPoint.divUp(standing.initial, FixedPoint.WEI)
        );
    }

    /// @notice What may be withdrawn: cash less unrealised losses less initial margin, at least 0; a numerator.
    function withdrawable(Ledger storage ledger, address account, Standing memory standing)
        internal
        view
        returns (uint256)
    {
        // MARGIN
        int256 amount =
            ledger.accounts[account].cash * int256(FixedPoint.WEI) + standing.losses - int256(standing.initial);
        return amount > 0 ? uint256(amount) : 0;
    }
}
