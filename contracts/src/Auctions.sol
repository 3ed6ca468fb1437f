// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPoint} from "./FixedPoint.sol";
import {Standing} from "./Instruments.sol";
import {Margin} from "./Margin.sol";
import {Pricing} from "./Pricing.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {AuctionParameters, AuctionRecord, Ledger, MAX_AUCTION_TIME, MAX_NOTIONAL} from "./Records.sol";

/// @title Dutch auctions of large accounts: what keepers get of the liquidation fee rises until one takes over.
/// @notice Off until it is configured. It binds keepers alone: every other route is open as ever, and the account pays
/// the same fee.
library Auctions {
    /// @notice Replaces for which accounts keepers need an auction, and what it gives them; voids all auctions.
    function setAuctionParameters(Ledger storage ledger, AuctionParameters calldata parameters) external {
        // CHECKS
        validateAuctions(parameters);
        // EFFECTS
        ledger.auctionParameters = parameters;
        ledger.auctionEpoch += 1;
        // EVENTS
        emit IClearingHouse.AuctionParametersChanged();
    }

    /// @notice Begins the auction of a large account that is below maintenance, and not too deep for one; anyone may.
    function beginAuction(Ledger storage ledger, address account) external {
        // CHECKS
        if (stands(ledger, account)) revert IClearingHouse.AuctionStands(account);
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, account, Pricing.newMarks(ledger, Purpose.Liquidation));
        if (!Margin.isBelowMaintenance(standing)) revert IClearingHouse.NotLiquidatable(account);
        if (!isBound(ledger, standing)) revert IClearingHouse.AuctionNotNeeded(account);
        // EFFECTS
        ledger.auctions[account] = AuctionRecord(uint40(block.timestamp), ledger.auctionEpoch);
        // EVENTS
        emit IClearingHouse.AuctionBegun(account);
    }

    /// @notice Ends the auction of an account that is not below maintenance any more, or one that is void; anyone may.
    function endAuction(Ledger storage ledger, address account) external {
        // CHECKS
        if (ledger.auctions[account].startedAt == 0) revert IClearingHouse.NoAuction(account);
        if (stands(ledger, account) && isBelow(ledger, account)) revert IClearingHouse.AuctionStands(account);
        // EFFECTS
        clear(ledger, account);
    }

    /// @notice Ends the auction, if there is one, of an account that a takeover brought out of danger.
    function endSafe(Ledger storage ledger, address account) external {
        // CHECKS
        if (ledger.auctions[account].startedAt == 0 || isBelow(ledger, account)) return;
        // EFFECTS
        clear(ledger, account);
    }

    /// @notice A keeper's share of the fee now, WAD: the auction's where one stands, and the usual one if that is more
    /// where none is needed. Reverts where one is needed and none stands.
    function shareOf(Ledger storage ledger, address account) external view returns (uint256 share) {
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, account, Pricing.newMarks(ledger, Purpose.Liquidation));
        bool bound = Margin.isBelowMaintenance(standing) && isBound(ledger, standing);
        bool begun = stands(ledger, account);
        // CHECKS
        if (bound && !begun) revert IClearingHouse.NoAuction(account);
        // MARGIN
        if (begun) share = risen(ledger.auctionParameters, block.timestamp - ledger.auctions[account].startedAt);
        uint256 usual = ledger.parameters.liquidatorShare;
        if (!bound && usual > share) share = usual;
    }

    /// @notice Whether there are accounts that keepers need an auction for.
    function isOn(Ledger storage ledger) internal view returns (bool) {
        return ledger.auctionParameters.auctionNotional > 0;
    }

    /// @notice Reverts with the name of the first parameter that is out of bounds.
    function validateAuctions(AuctionParameters calldata parameters) internal pure {
        // CHECKS
        if (parameters.auctionNotional > MAX_NOTIONAL) revert IClearingHouse.InvalidParameter("auctionNotional");
        if (parameters.duration > MAX_AUCTION_TIME || (parameters.auctionNotional > 0 && parameters.duration == 0)) {
            revert IClearingHouse.InvalidParameter("duration");
        }
        if (parameters.validity > MAX_AUCTION_TIME) revert IClearingHouse.InvalidParameter("validity");
        if (parameters.startShare > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("startShare");
        if (parameters.urgentHealth > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("urgentHealth");
    }

    /// @notice Whether the account is large, and not so deep below its requirement that no auction is needed.
    function isBound(Ledger storage ledger, Standing memory standing) internal view returns (bool) {
        // MARGIN
        AuctionParameters storage parameters = ledger.auctionParameters;
        return Margin.isLarge(standing, parameters.auctionNotional, parameters.urgentHealth);
    }

    /// @notice Whether the account's auction is of these parameters, and not older than it may be.
    function stands(Ledger storage ledger, address account) internal view returns (bool) {
        AuctionParameters storage parameters = ledger.auctionParameters;
        AuctionRecord storage auction = ledger.auctions[account];
        if (auction.startedAt == 0 || auction.epoch != ledger.auctionEpoch) return false;
        return block.timestamp <= uint256(auction.startedAt) + parameters.duration + parameters.validity;
    }

    /// @notice Whether the account is below maintenance, at prices for liquidations.
    function isBelow(Ledger storage ledger, address account) internal view returns (bool) {
        // MARGIN
        return Margin.isBelowMaintenance(
            Margin.standingOf(ledger, account, Pricing.newMarks(ledger, Purpose.Liquidation))
        );
    }

    /// @notice The keeper's share so many seconds after the beginning, WAD, rounded down; all of the fee after
    /// `duration`.
    function risen(AuctionParameters storage parameters, uint256 passed) internal view returns (uint256) {
        // MARGIN
        uint256 duration = parameters.duration;
        if (passed >= duration) return FixedPoint.WAD;
        uint256 start = parameters.startShare;
        return start + FixedPoint.mulDivDown(FixedPoint.WAD - start, passed, duration);
    }

    /// @notice Forgets an account's auction.
    function clear(Ledger storage ledger, address account) internal {
        // EFFECTS
        delete ledger.auctions[account];
        // EVENTS
        emit IClearingHouse.AuctionEnded(account);
    }
}
