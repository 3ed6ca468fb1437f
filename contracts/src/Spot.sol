// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Cash} from "./Cash.sol";
import {Fees} from "./Fees.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Holdings} from "./Holdings.sol";
import {Insurance} from "./Insurance.sol";
import {Standing} from "./Instruments.sol";
import {Margin} from "./Margin.sol";
import {MarginCalls} from "./MarginCalls.sol";
import {Orders} from "./Orders.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Routes} from "./Routes.sol";
import {Trading} from "./Trading.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Collateral, Ledger, MAX_PRICE} from "./Records.sol";

/// @notice A trade of a token between two accounts.
/// @param amount Token units.
/// @param price Of a whole token, WAD.
struct SpotTrade {
    address buyer;
    address seller;
    uint256 collateralId;
    uint256 amount;
    uint256 price;
    bool buyerIsMaker;
}

/// @notice What a trade of a token comes to, wei.
/// @param paid By the buyer: the notional, rounded up.
/// @param received By the seller: the notional, rounded down.
struct SpotTerms {
    uint256 paid;
    uint256 received;
    uint256 buyerFee;
    uint256 sellerFee;
}

/// @title Settling trades of tokens between two accounts, which an authorised matcher brings.
/// @notice Tokens and cash change hands inside the house. A token may be bought on margin, as far as its initial weight
/// carries what it costs.
library Spot {
    /// @notice Settles a trade: tokens go to the buyer and cash to the seller, both pay the fee, and each must end with
    /// initial margin and its cash covered by tokens, or have sold without lowering its margin ratio, and without leaving
    /// others more to cover.
    function settleSpotTrade(Ledger storage ledger, SpotTrade memory trade) external {
        // CHECKS
        if (trade.buyer == trade.seller) revert IClearingHouse.SameAccount(trade.buyer);
        Routes.requireOrdinary(trade.buyer);
        Collateral storage collateral = Holdings.existing(ledger, trade.collateralId);
        Holdings.requireHeld(ledger, trade.seller, trade.collateralId, trade.amount);
        if (trade.price == 0 || trade.price > MAX_PRICE) revert IClearingHouse.InvalidPrice(trade.price);
        // PRICES
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Trade);
        uint256 index = Holdings.readPrice(ledger, trade.collateralId, Purpose.Trade);
        Trading.validateBand(collateral.parameters.bandRate, trade.price, index);
        // MARGIN
        Standing memory before = Margin.standingOf(ledger, trade.seller, marks);
        int256 seized = Margin.seizedEquity(ledger, trade.seller, before);
        // EFFECTS
        SpotTerms memory terms = termsOf(ledger, trade);
        exchange(ledger, trade, terms);
        // MARGIN
        verifyParty(ledger, trade.buyer, marks, before, seized, false);
        verifyParty(ledger, trade.seller, marks, before, seized, true);
        // EVENTS
        emit IClearingHouse.SpotTradeSettled(
            trade.collateralId,
            trade.buyer,
            trade.seller,
            trade.amount,
            trade.price,
            terms.paid,
            terms.received,
            terms.buyerFee,
            terms.sellerFee
        );
    }

    /// @notice What is paid, received and charged, wei: fees are on what is paid, the same for both sides, by the volume
    /// before the trade, each rounded up.
    function termsOf(Ledger storage ledger, SpotTrade memory trade) internal view returns (SpotTerms memory terms) {
        Collateral storage collateral = ledger.collaterals[trade.collateralId];
        uint256 value = trade.amount * collateral.record.unit * trade.price;
        uint256 rate = collateral.parameters.tradeFeeRate;
        terms.paid = FixedPoint.divUp(value, FixedPoint.WAD);
        terms.received = value / FixedPoint.WAD;
        terms.buyerFee = Fees.feeOn(terms.paid, rate, Fees.shareOf(ledger, trade.buyer, trade.buyerIsMaker));
        terms.sellerFee = Fees.feeOn(terms.paid, rate, Fees.shareOf(ledger, trade.seller, !trade.buyerIsMaker));
    }

    /// @notice Moves tokens, cash and fees; what the buyer pays beyond what the seller receives is dust. Volume counts what
    /// is received.
    function exchange(Ledger storage ledger, SpotTrade memory trade, SpotTerms memory terms) internal {
        // EFFECTS
        Holdings.take(ledger, trade.seller, trade.collateralId, trade.amount);
        Holdings.add(ledger, trade.buyer, trade.collateralId, trade.amount);
        Cash.add(ledger, trade.buyer, -int256(terms.paid));
        Cash.add(ledger, trade.seller, int256(terms.received));
        ledger.record.dust += uint128(terms.paid - terms.received);
        Insurance.chargeTradeFee(ledger, trade.buyer, terms.buyerFee);
        Insurance.chargeTradeFee(ledger, trade.seller, terms.sellerFee);
        Fees.addVolume(ledger, trade.buyer, terms.received);
        Fees.addVolume(ledger, trade.seller, terms.received);
    }

    /// @notice Brings the account's warning up to date, and reverts unless it has initial margin, for its resting orders
    /// too, with its cash covered by tokens, or sold, kept its margin ratio, and left others no more to cover.
    /// @param before The seller's standing before the trade.
    /// @param seized The seller's equity before it, with tokens at what a seizure would bring; a numerator.
    function verifyParty(
        Ledger storage ledger,
        address account,
        Marks memory marks,
        Standing memory before,
        int256 seized,
        bool sells
    ) internal {
        // MARGIN
        Standing memory next = Margin.standingOf(ledger, account, marks);
        MarginCalls.update(ledger, account, next);
        // What is required stands, so that the ratio is kept where equity is; without positions, too.
        if (sells && next.equity >= before.equity && isCoverKept(ledger, account, next, seized)) return;
        Margin.requireCash(account, next);
        next.initial = Orders.initialOf(ledger, account, marks, next);
        if (!Margin.isAboveInitial(next)) Margin.revertInsufficient(account, next);
    }

    /// @notice Whether others have no more to cover of the account after a sale than before: nothing, with its tokens at what
    /// a seizure would bring, or not more. Otherwise a bankrupt owner could sell its tokens to itself, for less than that.
    function isCoverKept(Ledger storage ledger, address account, Standing memory next, int256 seized)
        internal
        view
        returns (bool)
    {
        // MARGIN
        int256 left = Margin.seizedEquity(ledger, account, next);
        return left >= 0 || left >= seized;
    }
}
