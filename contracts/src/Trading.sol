// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPoint} from "./FixedPoint.sol";
import {Funding} from "./Funding.sol";
import {Insurance} from "./Insurance.sol";
import {Margin, Marks, Standing} from "./Margin.sol";
import {Markets} from "./Markets.sol";
import {Positions} from "./Positions.sol";
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
}

/// @notice One side of a trade.
/// @param sizeDelta Change of the account's position, WAD; positive buys.
/// @param reduces Whether the position shrinks without changing its sign.
/// @param before The account's standing before the trade, where it reduces.
/// @param fee What the side paid, wei.
struct Side {
    address account;
    int256 sizeDelta;
    bool reduces;
    Standing before;
    uint256 fee;
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
        uint256 index = Margin.markOf(ledger, marks, trade.marketId);
        validateBand(market.parameters, trade.price, index);
        Funding.accrue(ledger, trade.marketId);
        // MARGIN
        Side memory buyer = openSide(ledger, trade.buyer, trade.marketId, int256(trade.size), marks);
        Side memory seller = openSide(ledger, trade.seller, trade.marketId, -int256(trade.size), marks);
        // EFFECTS
        applySide(ledger, trade, buyer);
        applySide(ledger, trade, seller);
        Funding.sample(ledger, trade.marketId, trade.price, index, notionalOf(trade));
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
        if (side.reduces) side.before = Margin.standingOf(ledger, account, marks);
    }

    /// @notice Charges the fee and changes the position, which may lock or release the reserve.
    function applySide(Ledger storage ledger, Trade memory trade, Side memory side) internal {
        // EFFECTS
        side.fee = feeOf(ledger, trade, side);
        Insurance.chargeTradeFee(ledger, side.account, side.fee);
        Positions.change(ledger, side.account, trade.marketId, side.sizeDelta, trade.price);
    }

    /// @notice The trading fee of one side, wei, rounded up. Who reduces pays no more than the cash that is there, so
    /// that nobody is kept from reducing.
    function feeOf(Ledger storage ledger, Trade memory trade, Side memory side) internal view returns (uint256 fee) {
        uint256 feeRate = ledger.markets[trade.marketId].parameters.tradeFeeRate;
        fee = FixedPoint.mulDivUp(notionalOf(trade), feeRate, FixedPoint.WAD);
        uint256 cash = uint256(ledger.accounts[side.account].cash);
        if (side.reduces && fee > cash) fee = cash;
    }

    /// @notice Reverts unless cash covers what was charged and the account has initial margin, or reduced and kept its
    /// margin ratio.
    function verifySide(Ledger storage ledger, Side memory side, Marks memory marks) internal view {
        // MARGIN
        Margin.requireCash(ledger, side.account);
        Standing memory next = Margin.standingOf(ledger, side.account, marks);
        if (Margin.isAboveInitial(next)) return;
        if (side.reduces && Margin.isRatioKept(side.before, next)) return;
        Margin.revertInsufficient(side.account, next);
    }
}
