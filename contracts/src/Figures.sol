// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibBit} from "solady/src/utils/LibBit.sol";
import {Cash} from "./Cash.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Standing} from "./Instruments.sol";
import {Margin} from "./Margin.sol";
import {Perpetuals} from "./Perpetuals.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, TOKEN_UNIT} from "./Records.sol";

/// @notice An account's figures at one set of marks: wei but for `withdrawable` (token units) and the ratios (WAD).
/// @param equity Cash, profit and loss, funding, and tokens at their maintenance weight; rounded down.
/// @param cash With interest up to this block; rounded down.
/// @param unrealisedProfit Size x mark and what was paid, funding and losses up to the last booking included; rounded
/// down.
/// @param funding Funding and socialised losses since then, received less owed; rounded down.
/// @param initialMargin Rounded up.
/// @param maintenanceMargin Rounded up.
/// @param liquidationFee On the whole notional; rounded up.
/// @param marginUsed Initial margin and the liquidation reserve; rounded up.
/// @param availableMargin What initial margin leaves of equity with tokens at their initial weight, at least 0; rounded
/// down.
/// @param withdrawable In cash; rounded down.
/// @param leverage Notional / equity, rounded up; the largest integer where equity is less than a wei.
/// @param marginRatio Equity / notional, rounded down; the largest integer without a position (Perp's margin ratio).
/// @param healthFactor Equity / (maintenance margin + liquidation fee), rounded down; the largest integer where nothing
/// is required or nothing larger fits (Aave's health factor).
struct AccountFigures {
    int256 equity;
    int256 cash;
    int256 unrealisedProfit;
    int256 funding;
    uint256 initialMargin;
    uint256 maintenanceMargin;
    uint256 liquidationFee;
    uint256 marginUsed;
    uint256 availableMargin;
    uint256 withdrawable;
    uint256 leverage;
    int256 marginRatio;
    int256 healthFactor;
}

/// @notice Sums over an account's positions; numerators, the notional WAD x WAD.
struct Exposure {
    int256 profit;
    int256 funding;
    uint256 notional;
}

/// @title All of an account's figures in one call, at the marks that trades go by.
library Figures {
    /// @notice An account's figures now.
    function accountFigures(Ledger storage ledger, address account)
        external
        view
        returns (AccountFigures memory figures)
    {
        // MARGIN
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Trade);
        Standing memory standing = Margin.standingWithOrders(ledger, account, marks);
        Exposure memory exposure = exposureOf(ledger, account, marks);
        figures.equity = FixedPoint.floorDiv(standing.equity, FixedPoint.WEI);
        figures.cash = Cash.current(ledger, account);
        figures.unrealisedProfit = FixedPoint.floorDiv(exposure.profit, FixedPoint.WEI);
        figures.funding = FixedPoint.floorDiv(exposure.funding, FixedPoint.WEI);
        figures.initialMargin = FixedPoint.divUp(standing.initial, FixedPoint.WEI);
        figures.maintenanceMargin = FixedPoint.divUp(standing.maintenance, FixedPoint.WEI);
        figures.liquidationFee = FixedPoint.divUp(standing.fee, FixedPoint.WEI);
        figures.marginUsed = figures.initialMargin + ledger.accounts[account].reserve;
        int256 free = Margin.initialEquity(standing) - int256(standing.initial);
        figures.availableMargin = free > 0 ? uint256(free) / FixedPoint.WEI : 0;
        figures.withdrawable = Margin.withdrawable(ledger, account, standing) / (FixedPoint.WEI * TOKEN_UNIT);
        figures.leverage = leverageOf(standing, exposure);
        figures.marginRatio = marginRatioOf(standing, exposure);
        figures.healthFactor = Margin.healthOf(standing);
    }

    /// @notice What the account's positions come to.
    function exposureOf(Ledger storage ledger, address account, Marks memory marks)
        internal
        view
        returns (Exposure memory exposure)
    {
        // MARGIN
        uint256 remaining = ledger.accounts[account].markets;
        while (remaining != 0) {
            uint256 marketId = LibBit.ffs(remaining);
            remaining &= remaining - 1;
            int256 size = ledger.positions[account][marketId].size;
            int256 quote = ledger.positions[account][marketId].quote;
            uint256 mark = size == 0 ? 0 : Pricing.markOf(ledger, marks, marketId);
            int256 booked = Perpetuals.bookedQuote(ledger, account, marketId, marks);
            // A closed position has nothing pending; of a claim on a closed market, what is paid counts.
            if (size == 0) quote = booked;
            exposure.profit += quote + size * int256(mark * FixedPoint.WAD);
            exposure.funding += booked - quote;
            exposure.notional += FixedPoint.absolute(size) * mark;
        }
    }

    /// @notice Notional / equity, WAD, rounded up.
    function leverageOf(Standing memory standing, Exposure memory exposure) internal pure returns (uint256) {
        if (exposure.notional == 0) return 0;
        if (standing.equity < int256(FixedPoint.WEI)) return type(uint256).max;
        return FixedPoint.mulDivUp(exposure.notional, FixedPoint.WEI, uint256(standing.equity));
    }

    /// @notice Equity / notional, WAD, rounded down.
    function marginRatioOf(Standing memory standing, Exposure memory exposure) internal pure returns (int256) {
        if (exposure.notional == 0) return type(int256).max;
        return FixedPoint.floorDiv(standing.equity, exposure.notional);
    }
}
