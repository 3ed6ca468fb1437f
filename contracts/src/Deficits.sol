// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPoint} from "./FixedPoint.sol";
import {Standing} from "./Instruments.sol";
import {Insurance} from "./Insurance.sol";
import {Margin} from "./Margin.sol";
import {Perpetuals} from "./Perpetuals.sol";
import {Positions} from "./Positions.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, Market} from "./Records.sol";

/// @title What others must cover of bankrupt accounts that are liquidated.
library Deficits {
    /// @notice Covers the part of a bankrupt account's deficit that falls to `size` of its position; returns it, wei.
    function coverDeficit(
        Ledger storage ledger,
        address account,
        uint256 marketId,
        uint256 size,
        Purpose purpose
    ) external returns (uint256 deficit) {
        // MARGIN
        Marks memory marks = Pricing.distressMarks(ledger, purpose);
        Standing memory standing = Margin.standingOf(ledger, account, marks);
        if (shortfallOf(ledger, account, standing) == 0) return 0;
        int256 held = ledger.positions[account][marketId].size;
        uint256 mark = Pricing.markOf(ledger, marks, marketId);
        Market storage market = ledger.markets[marketId];
        (uint256 relieved, uint256 whole) = reliefOf(ledger, marks, marketId, FixedPoint.absolute(held), size);
        deficit = deficitOf(ledger, account, standing, relieved == standing.gross);
        deficit = FixedPoint.mulDivUp(deficit, relieved, standing.gross);
        if (deficit == 0) return 0;
        uint256 cap = FixedPoint.mulDivDown(market.parameters.socialisationCapRate * mark, relieved, whole);
        // EFFECTS
        Insurance.coverDeficit(ledger, account, marketId, held, deficit, cap);
    }

    /// @notice Covers the deficit of an account that a forced close, by what it charged, left without a position.
    /// @param size What the account held before, WAD.
    function coverClosed(
        Ledger storage ledger,
        address account,
        uint256 marketId,
        int256 size
    ) external {
        // MARGIN
        if (ledger.accounts[account].openPositions > 0) return;
        Marks memory marks = Pricing.distressMarks(ledger, Purpose.Trade);
        Standing memory standing = Margin.standingOf(ledger, account, marks);
        uint256 deficit = FixedPoint.divUp(shortfallOf(ledger, account, standing), FixedPoint.WEI);
        if (deficit == 0) return;
        uint256 mark = Pricing.markOf(ledger, marks, marketId);
        uint256 cap = ledger.markets[marketId].parameters.socialisationCapRate * mark;
        // EFFECTS
        Insurance.coverDeficit(ledger, account, marketId, size, deficit, cap);
        Positions.settle(ledger, account, marketId, mark, 0);
    }

    /// @notice Maintenance margin before offsets that closing `size` of `held` relieves, and that of the whole position;
    /// numerators.
    function reliefOf(Ledger storage ledger, Marks memory marks, uint256 marketId, uint256 held, uint256 size)
        internal
        view
        returns (uint256 relieved, uint256 whole)
    {
        // MARGIN
        whole = Perpetuals.maintenanceOf(ledger, marks, marketId, held);
        relieved = whole - Perpetuals.maintenanceOf(ledger, marks, marketId, held - size);
    }

    /// @notice What a bankrupt account lacks, its tokens counted at what a seizure would bring, and without the losses in delisted
    /// markets that its cash and tokens do not reach: those lower what their claims are paid. A numerator.
    function shortfallOf(Ledger storage ledger, address account, Standing memory standing)
        internal
        view
        returns (uint256)
    {
        // MARGIN
        int256 equity = Margin.seizedEquity(ledger, account, standing);
        if (equity >= 0) return 0;
        uint256 lacking = FixedPoint.absolute(equity);
        uint256 owed = FixedPoint.absolute(standing.finalLosses);
        uint256 paid = Margin.payableBy(ledger, account, standing.worth) * FixedPoint.WEI;
        if (owed <= paid) return lacking;
        return lacking > owed - paid ? lacking - (owed - paid) : 0;
    }

    /// @notice What others must cover of a bankrupt account, wei, rounded up: its reserve comes first, except for what a
    /// keeper may still get of it before the last position is closed.
    function deficitOf(Ledger storage ledger, address account, Standing memory standing, bool last)
        internal
        view
        returns (uint256)
    {
        // MARGIN
        uint256 deficit = FixedPoint.divUp(shortfallOf(ledger, account, standing), FixedPoint.WEI);
        uint256 reserve = ledger.accounts[account].reserve;
        uint256 kept = last ? 0 : ledger.parameters.minimumKeeperReward;
        uint256 own = reserve > kept ? reserve - kept : 0;
        return deficit > own ? deficit - own : 0;
    }
}
