// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Deficits} from "./Deficits.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Liquidation, Takeover} from "./Liquidation.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Ledger, Route} from "./Records.sol";

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
        int256 size = ledger.positions[account][marketId].size;
        int256 opposite = ledger.positions[counterparty][marketId].size;
        if ((size > 0 && opposite >= 0) || (size < 0 && opposite <= 0)) {
            revert IClearingHouse.NotOpposite(counterparty, marketId);
        }
        // EFFECTS
        uint256 most = FixedPoint.absolute(opposite);
        Liquidation.takeOverFresh(
            ledger, Takeover(account, counterparty, caller, marketId, most, Route.ForcedClose, FixedPoint.WAD, 0)
        );
        Deficits.coverClosed(ledger, account, marketId, size);
        Deficits.coverClosed(ledger, counterparty, marketId, opposite);
    }
}
