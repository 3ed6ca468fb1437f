// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Mark} from "./Mark.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, Market, Phase} from "./Records.sol";

/// @notice What a call reads of a market, once: none of it changes within a call.
/// @param index WAD; 0 before it is read.
/// @param mark WAD; 0 before it is read.
/// @param known Whether what follows was read.
/// @param phase What the market's life has come to.
/// @param isRamping Whether its terms are on their way.
/// @param feeRate Liquidation fee rate in force, WAD.
/// @param initialScale By how much volatility scales initial margin, WAD.
/// @param maintenanceScale By how much it scales maintenance margin, WAD.
/// @param fundingIndex As of this block.
struct MarketTerms {
    uint256 index;
    uint256 mark;
    bool known;
    Phase phase;
    bool isRamping;
    uint256 feeRate;
    uint256 initialScale;
    uint256 maintenanceScale;
    int256 fundingIndex;
}

/// @notice What one call goes by.
/// @param purpose What the prices of markets are read for.
/// @param tokens What those of tokens are read for.
/// @param prices Of tokens, WAD; 0 before they are read.
struct Marks {
    Purpose purpose;
    Purpose tokens;
    MarketTerms[] markets;
    uint256[] prices;
}

/// @title Prices of one call, each read at most once.
library Pricing {
    /// @notice An empty set of marks for one call.
    function newMarks(Ledger storage ledger, Purpose purpose) internal view returns (Marks memory) {
        return Marks(purpose, purpose, new MarketTerms[](ledger.marketCount), new uint256[](ledger.collateralCount));
    }

    /// @notice An empty set of marks by which an account in distress is judged: whatever its markets go by, a token too old
    /// for a trade still counts, and one without a price does not pass for nothing.
    function distressMarks(Ledger storage ledger, Purpose purpose) internal view returns (Marks memory marks) {
        marks = newMarks(ledger, purpose);
        marks.tokens = Purpose.Liquidation;
    }

    /// @notice The same marks of markets, by which those are judged who are not in distress.
    function tradeMarks(Ledger storage ledger, Marks memory marks) internal view returns (Marks memory) {
        return Marks(marks.purpose, Purpose.Trade, marks.markets, new uint256[](ledger.collateralCount));
    }

    /// @notice The index of a market: the price of the oracle hub.
    function indexOf(Ledger storage ledger, Marks memory marks, uint256 marketId)
        internal
        view
        returns (uint256 index)
    {
        // PRICES
        index = marks.markets[marketId].index;
        if (index != 0) return index;
        index = ledger.hub.price(ledger.markets[marketId].parameters.priceId, marks.purpose);
        marks.markets[marketId].index = index;
    }

    /// @notice The mark of a market; of a delisted one the final price, for which no oracle is read.
    function markOf(Ledger storage ledger, Marks memory marks, uint256 marketId) internal view returns (uint256 mark) {
        // PRICES
        mark = marks.markets[marketId].mark;
        if (mark != 0) return mark;
        Market storage market = ledger.markets[marketId];
        if (market.record.phase >= Phase.Delisted) mark = market.finalRecord.price;
        else mark = Mark.markAt(ledger, marketId, indexOf(ledger, marks, marketId));
        marks.markets[marketId].mark = mark;
    }

    /// @notice The mark of a market, or 0 where no price can be trusted.
    function markOrZero(Ledger storage ledger, Marks memory marks, uint256 marketId) internal view returns (uint256) {
        // PRICES
        if (marks.markets[marketId].mark != 0) return marks.markets[marketId].mark;
        if (ledger.markets[marketId].record.phase >= Phase.Delisted) return markOf(ledger, marks, marketId);
        try ledger.hub.price(ledger.markets[marketId].parameters.priceId, marks.purpose) returns (uint256 index) {
            marks.markets[marketId].index = index;
            return markOf(ledger, marks, marketId);
        } catch {
            return 0;
        }
    }

    /// @notice The price of a token, WAD, or 0 where none can be trusted.
    function tokenPriceOrZero(Ledger storage ledger, Marks memory marks, uint256 collateralId)
        internal
        view
        returns (uint256)
    {
        // PRICES
        if (marks.prices[collateralId] != 0) return marks.prices[collateralId];
        try ledger.hub.price(ledger.collaterals[collateralId].parameters.priceId, marks.tokens) returns (
            uint256 price
        ) {
            marks.prices[collateralId] = price;
            return price;
        } catch {
            return 0;
        }
    }
}
