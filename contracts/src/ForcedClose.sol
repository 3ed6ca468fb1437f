// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPoint} from "./FixedPoint.sol";
import {Standing} from "./Instruments.sol";
import {Insurance} from "./Insurance.sol";
import {Liquidation, Takeover} from "./Liquidation.sol";
import {Margin} from "./Margin.sol";
import {Markets} from "./Markets.sol";
import {Positions} from "./Positions.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger} from "./Records.sol";

/// @title Forced close of a liquidatable position against a holder of the opposite side: the last route.
library ForcedClose {
    /// @notice Closes a liquidatable position at the mark against any holder of the opposite side. Always open where
    /// prices are fresh enough for trading; the whole fee goes to the insurance fund. A bankrupt counterparty's deficit
    /// is covered with what it closes, as the account's is.
    function forceClose(
        Ledger storage ledger,
        address caller,
        address account,
        uint256 marketId,
        address counterparty
    ) external {
        // CHECKS
        if (counterparty == account) revert IClearingHouse.SameAccount(account);
        Markets.active(ledger, marketId);
        int256 size = ledger.positions[account][marketId].size;
        int256 opposite = ledger.positions[counterparty][marketId].size;
        if ((size > 0 && opposite >= 0) || (size < 0 && opposite <= 0)) {
            revert IClearingHouse.NotOpposite(counterparty, marketId);
        }
        // PRICES
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Trade);
        // EFFECTS
        uint256 maxSize = FixedPoint.absolute(opposite);
        Liquidation.takeOver(ledger, Takeover(account, counterparty, caller, marketId, maxSize, true), marks);
        coverClosed(ledger, account, marketId, size, marks);
        coverClosed(ledger, counterparty, marketId, opposite, marks);
    }

    /// @notice Covers the deficit of an account that a forced close, by what it charged, left without a position.
    /// @param size What the account held before, WAD.
    function coverClosed(
        Ledger storage ledger,
        address account,
        uint256 marketId,
        int256 size,
        Marks memory marks
    ) internal {
        // MARGIN
        if (ledger.accounts[account].openPositions > 0) return;
        Standing memory standing = Margin.standingOf(ledger, account, marks);
        uint256 deficit = FixedPoint.divUp(Liquidation.shortfallOf(ledger, account, standing), FixedPoint.WEI);
        if (deficit == 0) return;
        uint256 mark = Pricing.markOf(ledger, marks, marketId);
        uint256 cap = ledger.markets[marketId].parameters.socialisationCapRate * mark;
        // EFFECTS
        Insurance.coverDeficit(ledger, account, marketId, size, deficit, cap);
        Positions.settle(ledger, account, marketId, mark, 0);
    }
}
