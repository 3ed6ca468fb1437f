// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Cash} from "./Cash.sol";
import {Fees} from "./Fees.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Funding} from "./Funding.sol";
import {Holdings} from "./Holdings.sol";
import {Insurance} from "./Insurance.sol";
import {Standing} from "./Instruments.sol";
import {Margin} from "./Margin.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Mark} from "./Mark.sol";
import {MarginCalls} from "./MarginCalls.sol";
import {Markets} from "./Markets.sol";
import {Orders} from "./Orders.sol";
import {Beside, Perpetuals} from "./Perpetuals.sol";
import {Positions} from "./Positions.sol";
import {Requirement} from "./Requirement.sol";
import {Routes} from "./Routes.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, Market, MarketParameters, MAX_SIZE, Position} from "./Records.sol";

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
/// @param size The position before the trade, its funding and losses booked.
/// @param quote What had been paid for it; a numerator.
/// @param cash The account's cash before the trade, with interest, where it reduces; wei.
/// @param reduces Whether the position shrinks without changing its sign.
/// @param closed How much of a position the trade closes, WAD: all of the trade where it reduces, the old size where it
/// turns.
/// @param fee What the side paid, wei.
struct Side {
    address account;
    int256 sizeDelta;
    int256 size;
    int256 quote;
    int256 cash;
    bool reduces;
    uint256 closed;
    uint256 fee;
}

/// @title Settling trades that an authorised matcher brings.
library Trading {
    /// @notice Settles a trade: both positions change by one exact notional, both sides pay the fee, and each must end
    /// with initial margin or have reduced its position without lowering its margin ratio.
    function settleTrade(Ledger storage ledger, Trade memory trade) external {
        // CHECKS
        if (trade.buyer == trade.seller) revert IClearingHouse.SameAccount(trade.buyer);
        uint256 marketId = trade.marketId;
        Market storage market = Markets.active(ledger, marketId);
        validateOrder(market.parameters, trade.size, trade.price);
        // PRICES
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Trade);
        uint256 index = Pricing.indexOf(ledger, marks, marketId);
        validateBand(market.parameters.bandRate, trade.price, index);
        Funding.accrue(ledger, marketId);
        // MARGIN
        Side memory buyer = openSide(ledger, trade.buyer, marketId, int256(trade.size));
        Side memory seller = openSide(ledger, trade.seller, marketId, -int256(trade.size));
        // CHECKS
        if (!buyer.reduces || !seller.reduces) Markets.requireOpen(ledger, marketId);
        // EFFECTS
        applySides(ledger, trade, buyer, seller, marks);
        Mark.sample(ledger, marketId, trade.price, index, notionalOf(trade));
        Funding.setRate(ledger, marketId, index, Pricing.markOf(ledger, marks, marketId));
        // MARGIN
        verifySide(ledger, buyer, marketId, marks);
        verifySide(ledger, seller, marketId, marks);
        // EVENTS
        emit IClearingHouse.TradeSettled(
            marketId, trade.buyer, trade.seller, trade.size, trade.price, buyer.fee, seller.fee
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
    function validateBand(uint256 bandRate, uint256 price, uint256 index) internal pure {
        // CHECKS
        uint256 band = FixedPoint.mulDivDown(index, bandRate, FixedPoint.WAD);
        if (price > index + band || price + band < index) revert IClearingHouse.PriceOutsideBand(price, index);
    }

    /// @notice Books the account's position, and keeps what it was before the trade; a system account may only reduce.
    function openSide(Ledger storage ledger, address account, uint256 marketId, int256 sizeDelta)
        internal
        returns (Side memory side)
    {
        // EFFECTS
        Funding.book(ledger, account, marketId);
        // MARGIN
        int256 size = ledger.positions[account][marketId].size;
        side.account = account;
        side.sizeDelta = sizeDelta;
        side.size = size;
        side.quote = ledger.positions[account][marketId].quote;
        bool isAgainst = (size > 0) != (sizeDelta > 0);
        uint256 held = FixedPoint.absolute(size);
        uint256 traded = FixedPoint.absolute(sizeDelta);
        side.reduces = isAgainst && held >= traded;
        if (isAgainst) side.closed = held < traded ? held : traded;
        if (side.reduces) side.cash = Cash.current(ledger, account);
        // CHECKS
        if (!side.reduces) Routes.requireOrdinary(account);
    }

    /// @notice Changes both positions; reverts where open interest would rise beyond the market's cap.
    function applySides(
        Ledger storage ledger,
        Trade memory trade,
        Side memory buyer,
        Side memory seller,
        Marks memory marks
    ) internal {
        // EFFECTS
        Market storage market = ledger.markets[trade.marketId];
        uint256 before = market.record.openInterest;
        applySide(ledger, trade, buyer, marks);
        applySide(ledger, trade, seller, marks);
        // CHECKS
        if (Requirement.isCrowded(market, before)) revert IClearingHouse.OpenInterestTooLarge(trade.marketId);
    }

    /// @notice Charges the fee, by the volume before the trade, takes the trade off the maker's resting orders, and changes
    /// the position, which may lock or release the reserve.
    function applySide(Ledger storage ledger, Trade memory trade, Side memory side, Marks memory marks) internal {
        // EFFECTS
        side.fee = feeOf(ledger, trade, side, marks);
        Insurance.chargeTradeFee(ledger, side.account, side.fee);
        Fees.addVolume(ledger, side.account, notionalOf(trade));
        if (isMaker(trade, side)) {
            Orders.fill(ledger, side.account, trade.marketId, side.sizeDelta, notionalOf(trade));
        }
        Positions.change(ledger, side.account, trade.marketId, side.sizeDelta, trade.price);
    }

    /// @notice Whether a side is the trade's maker.
    function isMaker(Trade memory trade, Side memory side) internal pure returns (bool) {
        return (side.sizeDelta > 0) == trade.buyerIsMaker;
    }

    /// @notice The fee of one side, wei, rounded up. Who reduces pays no more than the cash that is there, so that nobody
    /// is kept from reducing.
    function feeOf(Ledger storage ledger, Trade memory trade, Side memory side, Marks memory marks)
        internal
        view
        returns (uint256 fee)
    {
        uint256 share = Fees.shareOf(ledger, side.account, isMaker(trade, side));
        MarketParameters storage parameters = ledger.markets[trade.marketId].parameters;
        fee = Fees.tradeFee(parameters, notionalOf(trade), side.closed, trade.price, share);
        if (!side.reduces) return fee;
        (, uint256 worth) = Holdings.worthOf(ledger, side.account, marks, 0);
        uint256 most = Margin.payableBy(ledger, side.account, worth);
        if (fee > most) fee = most;
    }

    /// @notice Reverts unless cash covers what was charged and the account has initial margin, for its resting orders too,
    /// or reduced and kept its margin ratio; brings its warning up to date.
    function verifySide(Ledger storage ledger, Side memory side, uint256 marketId, Marks memory marks) internal {
        // MARGIN
        Standing memory next = Margin.standingOf(ledger, side.account, marks);
        Margin.requireCash(side.account, next);
        MarginCalls.update(ledger, side.account, next);
        if (ledger.accounts[side.account].orderedMarkets == 0 && Margin.isAboveInitial(next)) return;
        if (side.reduces && Margin.isRatioKept(standingBefore(ledger, side, marketId, next), next)) return;
        next.initial = Orders.initialOf(ledger, side.account, marks, next);
        if (!Margin.isAboveInitial(next)) Margin.revertInsufficient(side.account, next);
    }

    /// @notice Equity and maintenance requirement before the trade: only the side's cash and its position in the market
    /// differ from its standing after it.
    function standingBefore(Ledger storage ledger, Side memory side, uint256 marketId, Standing memory next)
        internal
        view
        returns (Standing memory before)
    {
        // MARGIN
        uint256 mark = Pricing.markOf(ledger, next.marks, marketId);
        Position storage position = ledger.positions[side.account][marketId];
        int256 moved = (next.cash - side.cash) * int256(FixedPoint.WEI);
        moved += position.quote - side.quote + (position.size - side.size) * int256(mark * FixedPoint.WAD);
        before.equity = next.equity - moved;
        Beside memory beside = Perpetuals.besideOf(ledger, next, marketId);
        before.maintenance = Perpetuals.requiredWith(ledger, next.marks, beside, side.size, mark);
    }
}
