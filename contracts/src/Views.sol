// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPoint} from "./FixedPoint.sol";
import {Liquidation} from "./Liquidation.sol";
import {Margin, Marks, Standing} from "./Margin.sol";
import {Markets} from "./Markets.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, MarginTier, Market, TOKEN_UNIT} from "./Records.sol";

/// @title Published figures: derived from stored records and marks, rounded against the account.
library Views {
    /// @dev Highest price that a liquidation price may take, WAD.
    uint256 private constant _MAX_PRICE = 1e27;

    /// @notice Equity, wei, rounded down.
    function equity(Ledger storage ledger, address account) external view returns (int256) {
        return FixedPoint.floorDiv(current(ledger, account, Purpose.Liquidation).equity, FixedPoint.WEI);
    }

    /// @notice Initial margin, wei, rounded up.
    function initialMargin(Ledger storage ledger, address account) external view returns (uint256) {
        return FixedPoint.divUp(current(ledger, account, Purpose.Trade).initial, FixedPoint.WEI);
    }

    /// @notice Maintenance margin and, beside it, the liquidation fee; wei, rounded up.
    function maintenanceMargin(Ledger storage ledger, address account)
        external
        view
        returns (uint256 maintenance, uint256 fee)
    {
        Standing memory standing = current(ledger, account, Purpose.Liquidation);
        maintenance = FixedPoint.divUp(standing.maintenance, FixedPoint.WEI);
        fee = FixedPoint.divUp(standing.fee, FixedPoint.WEI);
    }

    /// @notice Equity / (maintenance margin + liquidation fee), WAD, rounded down; the largest integer where nothing is
    /// required.
    function marginRatio(Ledger storage ledger, address account) external view returns (int256) {
        Standing memory standing = current(ledger, account, Purpose.Liquidation);
        uint256 required = standing.maintenance + standing.fee;
        if (required == 0) return type(int256).max;
        return FixedPoint.mulDivFloor(standing.equity, FixedPoint.WAD, required);
    }

    /// @notice Equity less initial margin, wei, rounded down; negative where it falls short.
    function freeCollateral(Ledger storage ledger, address account) external view returns (int256) {
        Standing memory standing = current(ledger, account, Purpose.Trade);
        return FixedPoint.floorDiv(standing.equity - int256(standing.initial), FixedPoint.WEI);
    }

    /// @notice What can be withdrawn now, token units, rounded down; the gate is not looked at.
    function withdrawable(Ledger storage ledger, address account) external view returns (uint256) {
        Standing memory standing = current(ledger, account, Purpose.Withdraw);
        return Margin.withdrawable(ledger, account, standing) / (FixedPoint.WEI * TOKEN_UNIT);
    }

    /// @notice Whether the account is below maintenance.
    function isLiquidatable(Ledger storage ledger, address account) external view returns (bool) {
        return Margin.isBelowMaintenance(current(ledger, account, Purpose.Liquidation));
    }

    /// @notice Whether the account would be below maintenance with this market's mark at `price`.
    function isLiquidatableAt(Ledger storage ledger, address account, uint256 marketId, uint256 price)
        external
        view
        returns (bool)
    {
        return Margin.isBelowMaintenance(standingAt(ledger, account, marketId, price));
    }

    /// @notice The mark of this market, nearest to safety, at which the account is liquidatable; other marks and accrued
    /// funding stand.
    /// @return exists Whether there is one in 1 .. 1e27.
    /// @return price WAD; 0 where there is none.
    function liquidationPrice(Ledger storage ledger, address account, uint256 marketId)
        external
        view
        returns (bool exists, uint256 price)
    {
        // MARGIN
        Market storage market = Markets.existing(ledger, marketId);
        int256 size = ledger.positions[account][marketId].size;
        if (size == 0) return (false, 0);
        int256 base = baseOf(ledger, account, marketId);
        for (uint256 i = 0; i < market.tiers.length; ++i) {
            MarginTier storage tier = market.tiers[i];
            int256 fixedPart = base + int256(tier.maintenanceDeduction);
            uint256 rate = tier.maintenanceRate + market.parameters.liquidationFeeRate;
            uint256 candidate = size > 0
                ? longLiquidationPrice(fixedPart, uint256(size), rate)
                : shortLiquidationPrice(fixedPart, FixedPoint.absolute(size), rate);
            if (candidate == 0 || (size < 0 && candidate > _MAX_PRICE)) continue;
            if (!exists || (size > 0) == (candidate > price)) price = candidate;
            exists = true;
        }
        if (price > _MAX_PRICE) price = _MAX_PRICE;
    }

    /// @notice How much of the position a liquidation would take now, WAD; 0 where the account is not liquidatable.
    function liquidationSize(Ledger storage ledger, address account, uint256 marketId)
        external
        view
        returns (uint256)
    {
        Markets.existing(ledger, marketId);
        if (ledger.positions[account][marketId].size == 0) return 0;
        Marks memory marks = Margin.newMarks(ledger, Purpose.Liquidation);
        Standing memory standing = Margin.standingOf(ledger, account, marks);
        if (!Margin.isBelowMaintenance(standing)) return 0;
        uint256 mark = Margin.markOf(ledger, marks, marketId);
        return Liquidation.liquidationSize(ledger, account, marketId, standing, mark);
    }

    /// @notice The account's standing now.
    function current(Ledger storage ledger, address account, Purpose purpose) internal view returns (Standing memory) {
        return Margin.standingOf(ledger, account, Margin.newMarks(ledger, purpose));
    }

    /// @notice The account's standing with one market's mark at `price`.
    function standingAt(Ledger storage ledger, address account, uint256 marketId, uint256 price)
        internal
        view
        returns (Standing memory)
    {
        // CHECKS
        Markets.existing(ledger, marketId);
        if (price == 0 || price > _MAX_PRICE) revert IClearingHouse.InvalidPrice(price);
        // PRICES
        Marks memory marks = Margin.newMarks(ledger, Purpose.Liquidation);
        marks.known[marketId] = price;
        return Margin.standingOf(ledger, account, marks);
    }

    /// @dev Equity less requirements of everything but this market's price-dependent part; a numerator.
    function baseOf(Ledger storage ledger, address account, uint256 marketId) internal view returns (int256) {
        // MARGIN
        Marks memory marks = Margin.newMarks(ledger, Purpose.Liquidation);
        Standing memory whole = Margin.standingOf(ledger, account, marks);
        Standing memory part;
        Margin.addPosition(ledger, account, marketId, marks, part);
        int256 others = whole.equity - part.equity
            - int256(whole.maintenance + whole.fee - part.maintenance - part.fee);
        return others + Margin.bookedQuote(ledger, account, marketId);
    }

    /// @notice Largest price at which fixedPart + size x price x (1 - rate) < 0; 0 where there is none.
    function longLiquidationPrice(int256 fixedPart, uint256 size, uint256 rate) internal pure returns (uint256) {
        if (fixedPart >= 0) return 0;
        return FixedPoint.divUp(FixedPoint.absolute(fixedPart), size * (FixedPoint.WAD - rate)) - 1;
    }

    /// @notice Smallest price, at least 1, at which fixedPart - size x price x (1 + rate) < 0.
    function shortLiquidationPrice(int256 fixedPart, uint256 size, uint256 rate) internal pure returns (uint256) {
        if (fixedPart < 0) return 1;
        return uint256(fixedPart) / (size * (FixedPoint.WAD + rate)) + 1;
    }
}
