// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Fees} from "./Fees.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Funding} from "./Funding.sol";
import {Insurance} from "./Insurance.sol";
import {Margin, Marks, Standing} from "./Margin.sol";
import {Mark} from "./Mark.sol";
import {MarginCalls} from "./MarginCalls.sol";
import {Markets} from "./Markets.sol";
import {Positions} from "./Positions.sol";
import {Requirement} from "./Requirement.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, Market, MarketParameters, MAX_SIZE} from "./Records.sol";

/// @notice A trade between two accounts.
struct Trade {
    address buyer;
    address seller;
    uint256 marketId;
    uint256 size;
    uint256 price;
    bool buyerIsMaker;
}

/// @notice One side of a trade.
/// @param sizeDelta Change of the account's position, WAD; positive buys.
/// @param reduces Whether the position shrinks without changing its sign.
/// @param before The account's standing before the trade, where it reduces.
/// @param fee What the side paid, wei.
/// @param closed How much of a position the trade closes, WAD.
struct Side {
    address account;
    int256 sizeDelta;
    bool reduces;
    Standing before;
    uint256 fee;
    uint256 closed;
}

/// @title Settling trades that an authorised matcher brings.
library Trading {
    /// @notice Settles a trade: both positions change by one exact notional, both sides pay the fee, and each must end
    /// with initial margin or have reduced its position without lowering its margin ratio.
    function settleTrade(Ledger storage ledger, Trade memory trade) external {
        // CHECKS
        if (trade.buyer == trade.seller) revert IClearingHouse.SameAccount(trade.buyer);
        Market storage market = Markets.active(ledger, trade.marketId);
        validateOrder(market.parameters, trade.size, trade.price);
        // PRICES
        Marks memory marks = Margin.newMarks(ledger, Purpose.Trade);
        uint256 index = Margin.indexOf(ledger, marks, trade.marketId);
        validateBand(market.parameters, trade.price, index);
        Funding.accrue(ledger, trade.marketId);
        // MARGIN
        Side memory buyer = openSide(ledger, trade.buyer, trade.marketId, int256(trade.size), marks);
        Side memory seller = openSide(ledger, trade.seller, trade.marketId, -int256(trade.size), marks);
        // EFFECTS
        applySides(ledger, trade, buyer, seller);
        Mark.sample(ledger, trade.marketId, trade.price, index, notionalOf(trade));
        Funding.setRate(ledger, trade.marketId, index, Margin.markOf(ledger, marks, trade.marketId));
        // MARGIN
        verifySide(ledger, buyer, marks);
        verifySide(ledger, seller, marks);
        // EVENTS
        emit IClearingHouse.TradeSettled(
            trade.marketId, trade.buyer, trade.seller, trade.size, trade.price, buyer.fee, seller.fee
        );
    }

    /// @notice The trade's notional, wei; exact, because step x tick is a multiple of WAD.
    function notionalOf(Trade memory trade) internal pure returns (uint256) {
        return trade.size * trade.price / FixedPoint.WAD;
    }

    /// @notice Reverts unless size is a multiple of the step and price one of the tick.
    function validateOrder(MarketParameters storage parameters, uint256 size, uint256 price) internal view {
        // CHECKS
        if (size == 0 || size > MAX_SIZE || size % parameters.sizeStep != 0) revert IClearingHouse.InvalidSize(size);
        if (price == 0 || price % parameters.priceTick != 0) revert IClearingHouse.InvalidPrice(price);
    }

    /// @notice Reverts unless the price is at most the band's share of the index away from the index.
    function validateBand(MarketParameters storage parameters, uint256 price, uint256 index) internal view {
        // CHECKS
        uint256 band = FixedPoint.mulDivDown(index, parameters.bandRate, FixedPoint.WAD);
        if (price > index + band || price + band < index) revert IClearingHouse.PriceOutsideBand(price, index);
    }

    /// @notice Books the account's positions, and looks at its standing where the trade reduces its position.
    function openSide(Ledger storage ledger, address account, uint256 marketId, int256 sizeDelta, Marks memory marks)
        internal
        returns (Side memory side)
    {
        // EFFECTS
        Positions.bookAll(ledger, account);
        // MARGIN
        int256 size = ledger.positions[account][marketId].size;
        side.account = account;
        side.sizeDelta = sizeDelta;
        side.reduces =
            (size > 0) != (sizeDelta > 0) && FixedPoint.absolute(size) >= FixedPoint.absolute(sizeDelta);
        side.closed = closedBy(size, sizeDelta);
        if (side.reduces) side.before = Margin.standingOf(ledger, account, marks);
    }

    /// @notice Changes both positions; reverts where open interest would rise beyond the market's cap.
    function applySides(Ledger storage ledger, Trade memory trade, Side memory buyer, Side memory seller) internal {
        // EFFECTS
        Market storage market = ledger.markets[trade.marketId];
        uint256 before = market.record.openInterest;
        applySide(ledger, trade, buyer);
        applySide(ledger, trade, seller);
        // CHECKS
        if (Requirement.isCrowded(market, before)) revert IClearingHouse.OpenInterestTooLarge(trade.marketId);
    }

    /// @notice Charges the fee, by the volume before the trade, and changes the position, which may lock or release the
    /// reserve.
    function applySide(Ledger storage ledger, Trade memory trade, Side memory side) internal {
        // EFFECTS
        side.fee = feeOf(ledger, trade, side);
        Insurance.chargeTradeFee(ledger, side.account, side.fee);
        Fees.addVolume(ledger, side.account, notionalOf(trade));
        Positions.change(ledger, side.account, trade.marketId, side.sizeDelta, trade.price);
    }

    /// @notice How much of a position a change closes, WAD: all of the change where it reduces, the old size where it turns.
    function closedBy(int256 size, int256 sizeDelta) internal pure returns (uint256) {
        if ((size > 0) == (sizeDelta > 0)) return 0;
        uint256 held = FixedPoint.absolute(size);
        uint256 traded = FixedPoint.absolute(sizeDelta);
        return held < traded ? held : traded;
    }

    /// @notice The fee of one side, wei, rounded up. Who reduces pays no more than the cash that is there, so that nobody
    /// is kept from reducing.
    function feeOf(Ledger storage ledger, Trade memory trade, Side memory side) internal view returns (uint256 fee) {
        bool isMaker = (side.sizeDelta > 0) == trade.buyerIsMaker;
        uint256 share = Fees.shareOf(ledger, side.account, isMaker);
        MarketParameters storage parameters = ledger.markets[trade.marketId].parameters;
        fee = Fees.tradeFee(parameters, notionalOf(trade), side.closed, trade.price, share);
        if (!side.reduces) return fee;
        uint256 most = Margin.payableBy(ledger, side.account, side.before);
        if (fee > most) fee = most;
    }

    /// @notice Reverts unless cash covers what was charged and the account has initial margin, or reduced and kept its
    /// margin ratio; then brings its warning up to date.
    function verifySide(Ledger storage ledger, Side memory side, Marks memory marks) internal {
        // MARGIN
        Standing memory next = Margin.standingOf(ledger, side.account, marks);
        Margin.requireCash(ledger, side.account, next);
        MarginCalls.update(ledger, side.account, next);
        if (Margin.isAboveInitial(next)) return;
        if (side.reduces && Margin.isRatioKept(side.before, next)) return;
        Margin.revertInsufficient(side.account, next);
    }
}
