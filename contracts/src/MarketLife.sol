// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Cash} from "./Cash.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Funding} from "./Funding.sol";
import {Holdings} from "./Holdings.sol";
import {Insurance} from "./Insurance.sol";
import {Markets} from "./Markets.sol";
import {Perpetuals} from "./Perpetuals.sol";
import {Positions} from "./Positions.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, Market, MarketRecord, Phase, Position} from "./Records.sol";

/// @title The end of a market's life: only reducing, then delisting with final settlement.
/// @notice Losses are realised at the final price and profits become claims. Once nobody holds a position, one ratio is fixed
/// for all claims: what losses brought and what the fund gives, to what is claimed.
library MarketLife {
    /// @notice From here on trades may only reduce positions in a market, or no longer only that.
    function setReduceOnly(Ledger storage ledger, uint256 marketId, bool reduceOnly) external {
        // CHECKS
        MarketRecord storage record = Markets.listed(ledger, marketId).record;
        if ((record.phase == Phase.ReduceOnly) == reduceOnly) revert IClearingHouse.ReduceOnlyUnchanged();
        // EFFECTS
        record.phase = reduceOnly ? Phase.ReduceOnly : Phase.Open;
        // EVENTS
        emit IClearingHouse.ReduceOnlyChanged(marketId, reduceOnly);
    }

    /// @notice Fixes the final price of a market that is reduce-only or paused: its mark now. Its funding stops, and its pause
    /// ends.
    function delist(Ledger storage ledger, uint256 marketId) external {
        // CHECKS
        Market storage market = Markets.listed(ledger, marketId);
        if (market.record.phase == Phase.Open && !market.record.paused) revert IClearingHouse.MarketIsOpen(marketId);
        // PRICES
        uint256 price = Pricing.markOf(ledger, Pricing.newMarks(ledger, Purpose.Trade), marketId);
        // EFFECTS
        Funding.accrue(ledger, marketId);
        market.record.fundingRate = 0;
        market.record.paused = false;
        market.record.phase = Phase.Delisted;
        market.finalRecord.price = uint96(price);
        market.finalRecord.shorts = market.record.openInterest;
        // EVENTS
        emit IClearingHouse.MarketDelisted(marketId, price);
    }

    /// @notice Closes an account's position at the final price; anyone may. A loss is paid as far as cash and tokens reach, and
    /// what is left of it may be asked for again; a profit becomes a claim.
    function settleFinal(Ledger storage ledger, address account, uint256 marketId) external {
        // CHECKS
        Market storage market = Markets.existing(ledger, marketId);
        if (!Markets.isDelisted(market)) revert IClearingHouse.MarketIsNotDelisted(marketId);
        if ((ledger.accounts[account].markets >> marketId) & 1 == 0) {
            revert IClearingHouse.NoPosition(account, marketId);
        }
        // EFFECTS
        Cash.book(ledger, account);
        Funding.book(ledger, account, marketId);
        Position storage position = ledger.positions[account][marketId];
        int256 size = position.size;
        if (size < 0) market.finalRecord.shorts -= uint128(FixedPoint.absolute(size));
        if (size != 0) Positions.change(ledger, account, marketId, -size, market.finalRecord.price);
        collect(ledger, account, marketId);
        // EVENTS
        emit IClearingHouse.FinalSettled(account, marketId, position.quote);
    }

    /// @notice Takes what a closed position owes from cash and, as far as its tokens cover that, beyond.
    /// @dev The price of each of its tokens is needed: without one, what is owed would be collected too late for the claims.
    function collect(Ledger storage ledger, address account, uint256 marketId) internal {
        // PRICES
        int256 quote = ledger.positions[account][marketId].quote;
        if (quote >= 0) return;
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Liquidation);
        (, uint256 worth) = Holdings.worthOf(ledger, account, marks, FixedPoint.absolute(quote));
        // EFFECTS
        Positions.settle(ledger, account, marketId, 0, worth / FixedPoint.WEI);
    }

    /// @notice Fixes what claims on a delisted market are paid; anyone may, once nobody holds a position in it. The fund gives what
    /// it has of what losses did not bring.
    function closeMarket(Ledger storage ledger, uint256 marketId) external {
        // CHECKS
        Market storage market = Markets.existing(ledger, marketId);
        MarketRecord storage record = market.record;
        if (record.phase != Phase.Delisted) revert IClearingHouse.MarketIsNotDelisted(marketId);
        uint256 left = uint256(record.openInterest) + market.finalRecord.shorts;
        if (left != 0) revert IClearingHouse.OpenInterestLeft(marketId, left);
        // MARGIN
        uint256 claims = claimsOf(market);
        int256 missing = int256(claims) - record.clearing * int256(FixedPoint.WEI);
        // EFFECTS
        uint256 fromFund =
            missing > 0 ? Insurance.give(ledger, FixedPoint.divUp(uint256(missing), FixedPoint.WEI)) : 0;
        record.clearing += int256(fromFund);
        uint256 unresolved = record.clearing < 0 ? uint256(-record.clearing) : 0;
        Insurance.owe(ledger, unresolved);
        record.clearing += int256(unresolved);
        uint256 ratio = ratioOf(uint256(record.clearing), claims);
        record.phase = Phase.Closed;
        market.finalRecord.ratio = uint64(ratio);
        market.finalRecord.claims = claims;
        release(ledger, market);
        // EVENTS
        emit IClearingHouse.MarketClosed(marketId, ratio, claims, fromFund, unresolved);
    }

    /// @notice Pays an account's claim on a closed market; anyone may. What the ratio leaves of it is gone.
    function claimFinal(Ledger storage ledger, address account, uint256 marketId) external {
        // CHECKS
        Market storage market = Markets.existing(ledger, marketId);
        if (market.record.phase != Phase.Closed) revert IClearingHouse.MarketIsNotClosed(marketId);
        int256 quote = ledger.positions[account][marketId].quote;
        if (quote <= 0) revert IClearingHouse.NoClaim(account, marketId);
        // EFFECTS
        uint256 amount = Perpetuals.payoutOf(market, uint256(quote));
        Cash.add(ledger, account, int256(amount));
        market.record.clearing -= int256(amount);
        market.finalRecord.claims -= uint256(quote);
        Positions.forget(ledger, account, marketId);
        release(ledger, market);
        // EVENTS
        emit IClearingHouse.ClaimPaid(account, marketId, uint256(quote), amount);
    }

    /// @notice All that is claimed of a market without positions, a numerator: its clearing balance, and what closed positions owe
    /// it, less its dust.
    function claimsOf(Market storage market) internal view returns (uint256) {
        // MARGIN
        int256 balance = market.record.clearing * int256(FixedPoint.WEI);
        return uint256(balance + int256(market.finalRecord.unpaid) - int256(market.record.dust));
    }

    /// @notice The share of claims (a numerator) that a balance (wei) pays, WAD, rounded down; at most one.
    function ratioOf(uint256 balance, uint256 claims) internal pure returns (uint256) {
        // MARGIN
        if (balance * FixedPoint.WEI >= claims) return FixedPoint.WAD;
        return FixedPoint.mulDivDown(balance * FixedPoint.WEI, FixedPoint.WAD, claims);
    }

    /// @notice What roundings leave of the balance goes to the fund with the last claim.
    function release(Ledger storage ledger, Market storage market) internal {
        // EFFECTS
        int256 rest = market.record.clearing;
        if (market.finalRecord.claims != 0 || rest == 0) return;
        market.record.clearing = 0;
        Insurance.credit(ledger, uint256(rest));
    }
}
