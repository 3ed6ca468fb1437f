// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Markets} from "./Markets.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Side, Trade, Trading} from "./Trading.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger} from "./Records.sol";

/// @title The maker's side of a trade whose other side is liquidated.
library Fills {
    /// @notice Settles the maker's side as {Trading} settles a trade's: its fee, its resting orders, its position, and
    /// the margin that it must have or keep; returns the fee, wei. Where trades may only reduce, it must reduce.
    function fillMaker(Ledger storage ledger, Trade memory trade) external returns (uint256) {
        // PRICES
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Trade);
        // MARGIN
        address maker = trade.buyerIsMaker ? trade.buyer : trade.seller;
        int256 sizeDelta = trade.buyerIsMaker ? int256(trade.size) : -int256(trade.size);
        Side memory side = Trading.openSide(ledger, maker, trade.marketId, sizeDelta);
        // CHECKS
        if (!side.reduces) Markets.requireOpen(ledger, trade.marketId);
        // EFFECTS
        Trading.applySide(ledger, trade, side, marks);
        // MARGIN
        Trading.verifySide(ledger, side, trade.marketId, marks);
        return side.fee;
    }
}
