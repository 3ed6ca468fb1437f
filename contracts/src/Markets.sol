// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibBit} from "solady/src/utils/LibBit.sol";
import {Cash} from "./Cash.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Funding} from "./Funding.sol";
import {Ramp} from "./Ramp.sol";
import {Risk} from "./Risk.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {
    Ledger,
    Market,
    MarketParameters,
    Phase,
    SystemParameters,
    Tier,
    MAX_FUNDING_RATE,
    MAX_MARKETS,
    MAX_NOTIONAL,
    MAX_PREMIUM_DEPTH,
    MAX_RAMP,
    MAX_SETTLEMENT_FEE_RATE,
    MAX_SIZE,
    MAX_TIERS
} from "./Records.sol";

/// @title Opening markets, changing parameters, pausing.
library Markets {
    /// @notice Opens the next market.
    function addMarket(Ledger storage ledger, MarketParameters calldata parameters, Tier[] calldata tiers)
        external
        returns (uint256 marketId)
    {
        // CHECKS
        marketId = ledger.marketCount;
        if (marketId >= MAX_MARKETS) revert IClearingHouse.InvalidParameter("marketCount");
        validateMarket(ledger, parameters, tiers);
        // EFFECTS
        ledger.marketCount = uint32(marketId + 1);
        Market storage market = ledger.markets[marketId];
        market.parameters = parameters;
        market.record.accruedAt = uint40(block.timestamp);
        _storeTiers(market, tiers);
        // EVENTS
        emit IClearingHouse.MarketAdded(marketId, parameters.priceId);
    }

    /// @notice Replaces a market's parameters; price, step and tick are fixed for its life.
    function setMarketParameters(
        Ledger storage ledger,
        uint256 marketId,
        MarketParameters calldata parameters,
        Tier[] calldata tiers
    ) external {
        // CHECKS
        Market storage market = existing(ledger, marketId);
        validateMarket(ledger, parameters, tiers);
        if (parameters.priceId != market.parameters.priceId) revert IClearingHouse.InvalidParameter("priceId");
        if (parameters.sizeStep != market.parameters.sizeStep) revert IClearingHouse.InvalidParameter("sizeStep");
        if (parameters.priceTick != market.parameters.priceTick) revert IClearingHouse.InvalidParameter("priceTick");
        // EFFECTS
        Funding.accrue(ledger, marketId);
        if (isMarginChanged(market, parameters, tiers)) Ramp.start(ledger, marketId, parameters.rampDuration);
        market.parameters = parameters;
        _storeTiers(market, tiers);
        // CHECKS
        Risk.verifyMarket(ledger, marketId);
        // EVENTS
        emit IClearingHouse.MarketParametersChanged(marketId);
    }

    /// @notice Replaces the system's parameters; every market must keep its bounds under them.
    function setSystemParameters(Ledger storage ledger, SystemParameters calldata parameters) external {
        // CHECKS
        if (parameters.minimumKeeperReward > parameters.liquidationReserve) {
            revert IClearingHouse.InvalidParameter("minimumKeeperReward");
        }
        if (parameters.liquidatorShare > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("liquidatorShare");
        if (parameters.insuranceShare > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("insuranceShare");
        if (parameters.targetRatio < FixedPoint.WAD || parameters.targetRatio > 10 * FixedPoint.WAD) {
            revert IClearingHouse.InvalidParameter("targetRatio");
        }
        if (parameters.liquidationReserve > MAX_SIZE) revert IClearingHouse.InvalidParameter("liquidationReserve");
        if (parameters.deleverageDelay > MAX_RAMP) revert IClearingHouse.InvalidParameter("deleverageDelay");
        for (uint256 marketId = 0; marketId < ledger.marketCount; ++marketId) {
            Market storage market = ledger.markets[marketId];
            _validateFee(
                market.parameters.liquidationFeeRate, parameters.targetRatio, market.tiers[0].maintenanceRate
            );
        }
        // EFFECTS
        ledger.parameters = parameters;
        // CHECKS
        for (uint256 marketId = 0; marketId < ledger.marketCount; ++marketId) {
            Risk.verifyMarket(ledger, marketId);
        }
        // EVENTS
        emit IClearingHouse.SystemParametersChanged();
    }

    /// @notice Pauses or resumes a market; no funding accrues while it is paused.
    function setMarketPaused(Ledger storage ledger, uint256 marketId, bool paused) external {
        // CHECKS
        Market storage market = listed(ledger, marketId);
        if (market.record.paused == paused) revert IClearingHouse.PauseUnchanged();
        // EFFECTS
        Funding.accrue(ledger, marketId);
        market.record.paused = paused;
        // EVENTS
        emit IClearingHouse.MarketPauseChanged(marketId, paused);
    }

    /// @notice Pauses or resumes everything; no funding accrues anywhere while paused.
    function setPaused(Ledger storage ledger, bool paused) external {
        // CHECKS
        if (ledger.record.paused == paused) revert IClearingHouse.PauseUnchanged();
        // EFFECTS
        for (uint256 marketId = 0; marketId < ledger.marketCount; ++marketId) {
            Funding.accrue(ledger, marketId);
        }
        Cash.accrue(ledger);
        ledger.record.paused = paused;
        // EVENTS
        emit IClearingHouse.PauseChanged(paused);
    }

    /// @notice The market, or a revert where there is none.
    function existing(Ledger storage ledger, uint256 marketId) internal view returns (Market storage) {
        // CHECKS
        if (marketId >= ledger.marketCount) revert IClearingHouse.UnknownMarket(marketId);
        return ledger.markets[marketId];
    }

    /// @notice The market, or a revert where there is none, or it is delisted or paused.
    function active(Ledger storage ledger, uint256 marketId) internal view returns (Market storage market) {
        // CHECKS
        market = listed(ledger, marketId);
        if (market.record.paused) revert IClearingHouse.MarketIsPaused(marketId);
    }

    /// @notice The market, or a revert where there is none or its final price is fixed.
    function listed(Ledger storage ledger, uint256 marketId) internal view returns (Market storage market) {
        // CHECKS
        market = existing(ledger, marketId);
        if (isDelisted(market)) revert IClearingHouse.MarketIsDelisted(marketId);
    }

    /// @notice Whether the market's final price is fixed.
    function isDelisted(Market storage market) internal view returns (bool) {
        return market.record.phase >= Phase.Delisted;
    }

    /// @notice Reverts where one of these markets is delisted and not closed yet; a bitmap.
    function requireNoneEnding(Ledger storage ledger, uint256 markets) internal view {
        // CHECKS
        while (markets != 0) {
            uint256 marketId = LibBit.ffs(markets);
            markets &= markets - 1;
            if (ledger.markets[marketId].record.phase == Phase.Delisted) {
                revert IClearingHouse.MarketIsDelisted(marketId);
            }
        }
    }

    /// @notice Reverts where positions in the market may only be reduced.
    function requireOpen(Ledger storage ledger, uint256 marketId) internal view {
        // CHECKS
        if (ledger.markets[marketId].record.phase == Phase.ReduceOnly) {
            revert IClearingHouse.MarketIsReduceOnly(marketId);
        }
    }

    /// @notice Reverts with the name of the first parameter that is out of bounds.
    function validateMarket(Ledger storage ledger, MarketParameters calldata parameters, Tier[] calldata tiers)
        internal
        view
    {
        // CHECKS
        if (ledger.hub.sourceCount(parameters.priceId) == 0) revert IClearingHouse.InvalidParameter("priceId");
        if (parameters.sizeStep == 0 || parameters.sizeStep > MAX_SIZE) {
            revert IClearingHouse.InvalidParameter("sizeStep");
        }
        if (parameters.priceTick == 0 || parameters.priceTick > MAX_SIZE) {
            revert IClearingHouse.InvalidParameter("priceTick");
        }
        if ((uint256(parameters.sizeStep) * parameters.priceTick) % FixedPoint.WAD != 0) {
            revert IClearingHouse.InvalidParameter("priceTick");
        }
        if (parameters.bandRate > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("bandRate");
        if (parameters.tradeFeeRate > FixedPoint.WAD / 10) revert IClearingHouse.InvalidParameter("tradeFeeRate");
        if (parameters.minimumNotional > MAX_NOTIONAL) revert IClearingHouse.InvalidParameter("minimumNotional");
        if (parameters.premiumDepth == 0 || parameters.premiumDepth > MAX_PREMIUM_DEPTH) {
            revert IClearingHouse.InvalidParameter("premiumDepth");
        }
        if (parameters.fundingPeriod == 0 || parameters.fundingPeriod > 365 days) {
            revert IClearingHouse.InvalidParameter("fundingPeriod");
        }
        if (parameters.maximumFundingRate > MAX_FUNDING_RATE) {
            revert IClearingHouse.InvalidParameter("maximumFundingRate");
        }
        if (parameters.socialisationCapRate > FixedPoint.WAD) {
            revert IClearingHouse.InvalidParameter("socialisationCapRate");
        }
        validateMark(parameters);
        if (parameters.liquidationFeeRate > FixedPoint.WAD) {
            revert IClearingHouse.InvalidParameter("liquidationFeeRate");
        }
        _validateSettlementFee(parameters);
        _validateTiers(parameters, tiers);
        _validateFee(parameters.liquidationFeeRate, ledger.parameters.targetRatio, tiers[0].maintenanceRate);
    }

    /// @notice Whether these parameters require other margin, or lead to another mark, than those in place.
    function isMarginChanged(Market storage market, MarketParameters calldata parameters, Tier[] calldata tiers)
        internal
        view
        returns (bool)
    {
        MarketParameters storage old = market.parameters;
        if (parameters.liquidationFeeRate != old.liquidationFeeRate) return true;
        if (parameters.markBandRate != old.markBandRate || parameters.premiumDepth != old.premiumDepth) return true;
        if (parameters.basisPeriod != old.basisPeriod || parameters.impactMaxAge != old.impactMaxAge) return true;
        if (tiers.length != market.tiers.length) return true;
        for (uint256 i = 0; i < tiers.length; ++i) {
            Tier storage tier = market.tiers[i];
            if (tiers[i].lowerBound != tier.lowerBound || tiers[i].initialRate != tier.initialRate) return true;
            if (tiers[i].maintenanceRate != tier.maintenanceRate) return true;
        }
        return false;
    }

    /// @notice Reverts with the name of the first parameter of mark and ramps that is out of bounds.
    function validateMark(MarketParameters calldata parameters) internal pure {
        // CHECKS
        if (parameters.markBandRate > FixedPoint.WAD / 2) revert IClearingHouse.InvalidParameter("markBandRate");
        if (parameters.basisPeriod == 0 || parameters.basisPeriod > 365 days) {
            revert IClearingHouse.InvalidParameter("basisPeriod");
        }
        if (parameters.impactMaxAge > 365 days) revert IClearingHouse.InvalidParameter("impactMaxAge");
        if (parameters.rampDuration < 1 hours || parameters.rampDuration > MAX_RAMP) {
            revert IClearingHouse.InvalidParameter("rampDuration");
        }
    }

    /// @dev What closes a position pays at most 10 % of its notional, both fees together.
    function _validateSettlementFee(MarketParameters calldata parameters) private pure {
        // CHECKS
        uint256 rate = parameters.settlementFeeRate;
        if (rate > MAX_SETTLEMENT_FEE_RATE || parameters.tradeFeeRate + rate > FixedPoint.WAD / 10) {
            revert IClearingHouse.InvalidParameter("settlementFeeRate");
        }
    }

    /// @dev Rates rise from tier to tier, initial margin covers maintenance and the liquidation fee, and the marginal
    /// requirement stays below one, so that equity less requirement is monotone in the price.
    function _validateTiers(MarketParameters calldata parameters, Tier[] calldata tiers) private pure {
        // CHECKS
        if (tiers.length == 0 || tiers.length > MAX_TIERS) revert IClearingHouse.InvalidParameter("tiers");
        if (tiers[0].lowerBound != 0) revert IClearingHouse.InvalidParameter("lowerBound");
        for (uint256 i = 0; i < tiers.length; ++i) {
            Tier calldata tier = tiers[i];
            if (tier.initialRate > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("initialRate");
            if (tier.maintenanceRate > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("maintenanceRate");
            if (tier.initialRate + parameters.liquidationFeeRate >= FixedPoint.WAD) {
                revert IClearingHouse.InvalidParameter("initialRate");
            }
            if (tier.initialRate < tier.maintenanceRate + parameters.liquidationFeeRate) {
                revert IClearingHouse.InvalidParameter("initialRate");
            }
            if (i == 0) continue;
            Tier calldata lower = tiers[i - 1];
            if (tier.lowerBound <= lower.lowerBound || tier.lowerBound > MAX_NOTIONAL) {
                revert IClearingHouse.InvalidParameter("lowerBound");
            }
            if (tier.initialRate < lower.initialRate) revert IClearingHouse.InvalidParameter("initialRate");
            if (tier.maintenanceRate < lower.maintenanceRate) {
                revert IClearingHouse.InvalidParameter("maintenanceRate");
            }
        }
    }

    /// @dev fee rate x (1 + 2 x target ratio) < the lowest maintenance rate: a partial liquidation always helps.
    function _validateFee(uint256 feeRate, uint256 targetRatio, uint256 lowestMaintenanceRate) private pure {
        // CHECKS
        if (feeRate * (FixedPoint.WAD + 2 * targetRatio) >= lowestMaintenanceRate * FixedPoint.WAD) {
            revert IClearingHouse.InvalidParameter("liquidationFeeRate");
        }
    }

    function _storeTiers(Market storage market, Tier[] calldata tiers) private {
        // EFFECTS
        delete market.tiers;
        for (uint256 i = 0; i < tiers.length; ++i) {
            market.tiers.push(tiers[i]);
        }
    }
}
