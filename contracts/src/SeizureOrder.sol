// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibBit} from "solady/src/utils/LibBit.sol";
import {Accounts} from "./Accounts.sol";
import {Collaterals} from "./Collaterals.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Holdings} from "./Holdings.sol";
import {Standing} from "./Instruments.sol";
import {Margin} from "./Margin.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Collateral, Ledger, SEIZURE_DUST} from "./Records.sol";

/// @title In which order a debtor's tokens are sold: by the house's ranks, within a rank as the owner wishes.
/// @notice Only what can be sold goes before others: tokens without a price, and holdings worth less than {SEIZURE_DUST},
/// are passed over. Sales move tokens inside the house, so that transfers that are stuck hold up nothing.
library SeizureOrder {
    /// @dev The place of tokens that the owner did not name.
    uint256 private constant UNNAMED = 0xff;

    /// @notice Changes a token's rank, in force at once.
    function setSeizureRank(Ledger storage ledger, uint256 collateralId, uint8 rank) external {
        // CHECKS
        Collateral storage collateral = Holdings.existing(ledger, collateralId);
        // EFFECTS
        collateral.record.seizureRank = rank;
        // EVENTS
        emit IClearingHouse.SeizureRankChanged(collateralId, rank);
    }

    /// @notice Replaces the order of an account of the sender: ids of tokens, the first to be sold first. While its tokens
    /// are for sale the order stands, so that nobody's purchase is refused by a change just before it.
    function setSeizureOrder(Ledger storage ledger, address sender, address account, uint8[] calldata order) external {
        // CHECKS
        if (!Accounts.isOwner(sender, account)) revert IClearingHouse.NotAuthorised(account, sender);
        uint64 places = placesOf(ledger, order);
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, account, Pricing.newMarks(ledger, Purpose.Liquidation));
        if (Collaterals.owedBy(ledger, account, standing) > 0) revert IClearingHouse.TokensForSale(account);
        // EFFECTS
        ledger.seizureOrders[account].places = places;
        // EVENTS
        emit IClearingHouse.SeizureOrderChanged(account, places);
    }

    /// @notice The token with which a seizure of the account's tokens begins now, whether or not they are for sale.
    /// @return exists Whether it holds one that has a price and is worth no less than {SEIZURE_DUST}.
    function seizureFirst(Ledger storage ledger, address account)
        external
        view
        returns (bool exists, uint256 collateralId)
    {
        // MARGIN
        (exists, collateralId,) = firstOf(ledger, account, Pricing.newMarks(ledger, Purpose.Liquidation));
    }

    /// @notice Reverts while the account has a token that goes before this one. Tokens of one place go in any order, and of a
    /// bankrupt account those of one rank: what is left to lose is not the owner's.
    function requireFirst(Ledger storage ledger, address account, uint256 collateralId, Standing memory standing)
        internal
        view
    {
        // CHECKS
        (, uint256 first, uint256 lowest) = firstOf(ledger, account, standing.marks);
        uint256 place = placeOf(ledger, account, collateralId);
        if (lowest >= place) return;
        if (lowest >> 8 == place >> 8 && Margin.seizedEquity(ledger, account, standing) < 0) return;
        revert IClearingHouse.NotFirstToken(account, first);
    }

    /// @notice The token of the lowest place among those that can be sold, of equal ones the lowest id, and that place: the
    /// largest integer where there is none.
    function firstOf(Ledger storage ledger, address account, Marks memory marks)
        internal
        view
        returns (bool exists, uint256 first, uint256 lowest)
    {
        // MARGIN
        lowest = type(uint256).max;
        uint256 remaining = ledger.accounts[account].collaterals;
        while (remaining != 0) {
            uint256 collateralId = LibBit.ffs(remaining);
            remaining &= remaining - 1;
            uint256 place = placeOf(ledger, account, collateralId);
            if (place >= lowest || !canBeSold(ledger, account, collateralId, marks)) continue;
            (exists, first, lowest) = (true, collateralId, place);
        }
    }

    /// @notice Whether the token has a price good for a purchase, and the account's holding is worth enough by it.
    function canBeSold(Ledger storage ledger, address account, uint256 collateralId, Marks memory marks)
        internal
        view
        returns (bool)
    {
        // PRICES
        uint256 amount = ledger.holdings[account][collateralId] * ledger.collaterals[collateralId].record.unit;
        return amount * Pricing.tokenPriceOrZero(ledger, marks, collateralId) >= SEIZURE_DUST * FixedPoint.WAD;
    }

    /// @notice Where a token stands: by its rank, within that by the owner's order; lower ones go first.
    function placeOf(Ledger storage ledger, address account, uint256 collateralId) internal view returns (uint256) {
        uint256 named = uint8(ledger.seizureOrders[account].places >> (8 * collateralId));
        uint256 rank = ledger.collaterals[collateralId].record.seizureRank;
        return (rank << 8) | (named == 0 ? UNNAMED : named);
    }

    /// @notice One more than the place of token `i` in byte `i`. Reverts where a token is unknown or named twice.
    function placesOf(Ledger storage ledger, uint8[] calldata order) internal view returns (uint64 places) {
        // CHECKS
        for (uint256 i = 0; i < order.length; ++i) {
            Holdings.existing(ledger, order[i]);
            uint256 shift = 8 * uint256(order[i]);
            if (uint8(places >> shift) != 0) revert IClearingHouse.InvalidParameter("order");
            places |= uint64((i + 1) << shift);
        }
    }
}
