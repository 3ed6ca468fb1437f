// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPoint} from "./FixedPoint.sol";
import {Markets} from "./Markets.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {
    FeeTier,
    Ledger,
    MarketParameters,
    VolumeRecord,
    MAX_FEE_TIERS,
    MAX_NOTIONAL,
    TOKEN_UNIT,
    VOLUME_DAYS
} from "./Records.sol";

/// @title Fees of a trade: maker and taker shares by the account's volume of thirty days, and the fee on what is closed.
/// @notice Volume counts by calendar days (UTC): the present one and the 29 before it, each in whole token units, so that
/// a trade writes one bucket.
library Fees {
    /// @dev Seconds of a day.
    uint256 private constant _DAY = 86_400;

    /// @notice Replaces the fee schedule; none is one tier of whole shares.
    function setFeeTiers(Ledger storage ledger, FeeTier[] calldata tiers) external {
        // CHECKS
        validateFeeTiers(tiers);
        // EFFECTS
        delete ledger.feeTiers;
        for (uint256 i = 0; i < tiers.length; ++i) {
            ledger.feeTiers.push(tiers[i]);
        }
        // EVENTS
        emit IClearingHouse.FeeTiersChanged();
    }

    /// @notice What the account traded in its thirty days, wei; each trade rounded down to the token unit.
    function volumeOf(Ledger storage ledger, address account) external view returns (uint256) {
        return rollingVolume(ledger, account) * TOKEN_UNIT;
    }

    /// @notice Maker and taker rate of the account's next trade in a market, WAD, rounded up; the fee itself is computed
    /// from the unrounded rate.
    function feeRates(Ledger storage ledger, address account, uint256 marketId)
        external
        view
        returns (uint256 maker, uint256 taker)
    {
        // CHECKS
        uint256 rate = Markets.existing(ledger, marketId).parameters.tradeFeeRate;
        maker = FixedPoint.mulDivUp(rate, shareOf(ledger, account, true), FixedPoint.WAD);
        taker = FixedPoint.mulDivUp(rate, shareOf(ledger, account, false), FixedPoint.WAD);
    }

    /// @notice Reverts with the name of the first bound that the schedule breaks: volumes rise from 0, shares are at most
    /// one and do not rise.
    function validateFeeTiers(FeeTier[] calldata tiers) internal pure {
        // CHECKS
        if (tiers.length > MAX_FEE_TIERS) revert IClearingHouse.InvalidParameter("feeTiers");
        FeeTier memory lower = FeeTier(0, uint64(FixedPoint.WAD), uint64(FixedPoint.WAD));
        for (uint256 i = 0; i < tiers.length; ++i) {
            FeeTier calldata tier = tiers[i];
            bool rising = i == 0 ? tier.lowerVolume == 0 : tier.lowerVolume > lower.lowerVolume;
            if (!rising || tier.lowerVolume > MAX_NOTIONAL) revert IClearingHouse.InvalidParameter("lowerVolume");
            if (tier.makerRate > lower.makerRate) revert IClearingHouse.InvalidParameter("makerRate");
            if (tier.takerRate > lower.takerRate) revert IClearingHouse.InvalidParameter("takerRate");
            lower = tier;
        }
    }

    /// @notice The share (WAD) of a market's fee rate that the account pays: of the highest tier whose lower volume its
    /// volume has reached.
    function shareOf(Ledger storage ledger, address account, bool isMaker) internal view returns (uint256) {
        uint256 i = ledger.feeTiers.length;
        if (i == 0) return FixedPoint.WAD;
        uint256 volume = rollingVolume(ledger, account) * TOKEN_UNIT;
        do {
            i -= 1;
        } while (volume < ledger.feeTiers[i].lowerVolume);
        return isMaker ? ledger.feeTiers[i].makerRate : ledger.feeTiers[i].takerRate;
    }

    /// @notice The fee of one side of a trade, wei: trading fee on the notional and settlement fee on the part of it that
    /// closes a position, each rounded up once.
    /// @param notional What is traded, wei.
    /// @param closed How much of it closes a position, WAD.
    /// @param price WAD.
    /// @param share Share of the market's fee rate, WAD.
    function tradeFee(
        MarketParameters storage parameters,
        uint256 notional,
        uint256 closed,
        uint256 price,
        uint256 share
    ) internal view returns (uint256) {
        uint256 fee = feeOn(notional, parameters.tradeFeeRate, share);
        return fee + FixedPoint.mulDivUp(closed * price, parameters.settlementFeeRate, FixedPoint.WEI);
    }

    /// @notice The trading fee on a notional, wei, rounded up once.
    /// @param notional Wei.
    /// @param rate Fee rate of what is traded, WAD.
    /// @param share Share of the rate that the account pays, WAD.
    function feeOn(uint256 notional, uint256 rate, uint256 share) internal pure returns (uint256) {
        return FixedPoint.mulDivUp(notional, rate * share, FixedPoint.WEI);
    }

    /// @notice Adds a settled trade to the account's volume, rounded down to the token unit; days that left the window are
    /// forgotten.
    /// @param notional Wei. A day counts no more than its bucket holds, 2^80 - 1 token units (1.2e18 dollars).
    function addVolume(Ledger storage ledger, address account, uint256 notional) internal {
        VolumeRecord storage volume = ledger.volumes[account];
        uint256 today = block.timestamp / _DAY;
        uint256 total = volume.total;
        uint256 passed = daysPassed(volume);
        // EFFECTS
        for (uint256 i = 0; i < passed; ++i) {
            uint256 left = volume.buckets[(today - i) % VOLUME_DAYS];
            if (left == 0) continue;
            total -= left;
            volume.buckets[(today - i) % VOLUME_DAYS] = 0;
        }
        uint256 before = volume.buckets[today % VOLUME_DAYS];
        uint256 added = notional / TOKEN_UNIT;
        if (added > type(uint80).max - before) added = type(uint80).max - before;
        volume.buckets[today % VOLUME_DAYS] = uint80(before + added);
        volume.total = uint128(total + added);
        volume.day = uint64(today);
    }

    /// @notice The sum of the buckets that are inside the window now, token units.
    function rollingVolume(Ledger storage ledger, address account) internal view returns (uint256 total) {
        VolumeRecord storage volume = ledger.volumes[account];
        total = volume.total;
        uint256 passed = daysPassed(volume);
        for (uint256 i = 0; i < passed; ++i) {
            total -= volume.buckets[(block.timestamp / _DAY - i) % VOLUME_DAYS];
        }
    }

    /// @notice How many buckets have left the window since the account's latest trade: one a day, all after thirty; none
    /// where all are empty.
    function daysPassed(VolumeRecord storage volume) internal view returns (uint256 passed) {
        if (volume.total == 0) return 0;
        passed = block.timestamp / _DAY - volume.day;
        if (passed > VOLUME_DAYS) passed = VOLUME_DAYS;
    }
}
