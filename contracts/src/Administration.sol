// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Auctions} from "./Auctions.sol";
import {Backstop} from "./Backstop.sol";
import {Collaterals} from "./Collaterals.sol";
import {Fees} from "./Fees.sol";
import {HouseState} from "./HouseState.sol";
import {LiquidationLimits} from "./LiquidationLimits.sol";
import {MarketLife} from "./MarketLife.sol";
import {MarketRoute} from "./MarketRoute.sol";
import {Markets} from "./Markets.sol";
import {Risk} from "./Risk.sol";
import {SeizureOrder} from "./SeizureOrder.sol";
import {Volatility} from "./Volatility.sol";
import {
    AccountRecord,
    AuctionParameters,
    AuctionRecord,
    BackstopParameters,
    BackstopRecord,
    BackstopShares,
    CollateralParameters,
    CollateralRecord,
    CreditParameters,
    FeeTier,
    LiquidationParameters,
    LiquidationWindow,
    FinalRecord,
    FlagRecord,
    MarketParameters,
    MarketRecord,
    MarketRisk,
    OffsetPair,
    OffsetRamp,
    Plan,
    Position,
    PreviousTerms,
    Regime,
    RestingOrders,
    SeizureOrderRecord,
    SystemParameters,
    SystemRecord,
    SystemRisk,
    Tier,
    VolatilityParameters,
    VolatilityRecord,
    VolumeRecord
} from "./Records.sol";

/// @title Administration of the clearing house (markets, tokens, parameters, pauses), and the records as they are stored.
/// @notice The clearing house delegates to this contract what it has no function for, so that neither is larger than a
/// contract may be. The storage is the clearing house's; this contract's own stays empty.
contract Administration is HouseState {
    constructor() HouseState(address(this)) {}

    // PARAMETERS

    /// @notice Opens a market.
    function addMarket(MarketParameters calldata parameters, Tier[] calldata tiers)
        external
        onlyRole(PARAMETER_ROLE)
        returns (uint256 marketId)
    {
        return Markets.addMarket(_ledger, parameters, tiers);
    }

    /// @notice Changes a market's parameters.
    function setMarketParameters(uint256 marketId, MarketParameters calldata parameters, Tier[] calldata tiers)
        external
        onlyRole(PARAMETER_ROLE)
    {
        Markets.setMarketParameters(_ledger, marketId, parameters, tiers);
    }

    /// @notice Changes how a market's variance is measured and what it leads to.
    function setVolatility(uint256 marketId, VolatilityParameters calldata parameters, Regime[] calldata regimes)
        external
        onlyRole(PARAMETER_ROLE)
    {
        Volatility.setVolatility(_ledger, marketId, parameters, regimes);
    }

    /// @notice Changes the system's parameters.
    function setSystemParameters(SystemParameters calldata parameters) external onlyRole(PARAMETER_ROLE) {
        Markets.setSystemParameters(_ledger, parameters);
    }

    /// @notice Admits a token as collateral.
    function addCollateral(CollateralParameters calldata parameters)
        external
        onlyRole(PARAMETER_ROLE)
        returns (uint256 collateralId)
    {
        return Collaterals.addCollateral(_ledger, parameters);
    }

    /// @notice Changes a collateral token's parameters.
    function setCollateralParameters(uint256 collateralId, CollateralParameters calldata parameters)
        external
        onlyRole(PARAMETER_ROLE)
    {
        Collaterals.setCollateralParameters(_ledger, collateralId, parameters);
    }

    /// @notice Changes a token's rank: a debtor's tokens of a lower rank are sold first, those of one rank as owners wish.
    function setSeizureRank(uint256 collateralId, uint8 rank) external onlyRole(PARAMETER_ROLE) {
        SeizureOrder.setSeizureRank(_ledger, collateralId, rank);
    }

    /// @notice Changes what negative cash costs and how far it may go.
    function setCreditParameters(CreditParameters calldata parameters) external onlyRole(PARAMETER_ROLE) {
        Collaterals.setCreditParameters(_ledger, parameters);
    }

    /// @notice Changes the tiers of the trading fees.
    function setFeeTiers(FeeTier[] calldata tiers) external onlyRole(PARAMETER_ROLE) {
        Fees.setFeeTiers(_ledger, tiers);
    }

    /// @notice Changes what a market's requirements grow by, and its caps.
    function setMarketRisk(uint256 marketId, MarketRisk calldata risk) external onlyRole(PARAMETER_ROLE) {
        Risk.setMarketRisk(_ledger, marketId, risk);
    }

    /// @notice Changes the offset floor and the margin warnings.
    function setSystemRisk(SystemRisk calldata risk) external onlyRole(PARAMETER_ROLE) {
        Risk.setSystemRisk(_ledger, risk);
    }

    /// @notice Sets the offset between two markets, WAD.
    function setOffset(uint256 marketA, uint256 marketB, uint256 rate) external onlyRole(PARAMETER_ROLE) {
        Risk.setOffset(_ledger, marketA, marketB, rate);
    }

    /// @notice Changes which position is taken over first, and how much of a large account's at a time.
    function setLiquidationParameters(LiquidationParameters calldata parameters) external onlyRole(PARAMETER_ROLE) {
        LiquidationLimits.setLiquidationParameters(_ledger, parameters);
    }

    /// @notice Changes for which accounts keepers need an auction, and what it gives them.
    function setAuctionParameters(AuctionParameters calldata parameters) external onlyRole(PARAMETER_ROLE) {
        Auctions.setAuctionParameters(_ledger, parameters);
    }

    /// @notice Changes by how much a fill by the market route may be worse than the mark, WAD.
    function setMarketLimitRate(uint256 rate) external onlyRole(PARAMETER_ROLE) {
        MarketRoute.setMarketLimitRate(_ledger, rate);
    }

    /// @notice Changes when and for what the system itself takes positions over.
    function setBackstopParameters(BackstopParameters calldata parameters) external onlyRole(PARAMETER_ROLE) {
        Backstop.setBackstopParameters(_ledger, parameters);
    }

    /// @notice Changes the largest notional that the backstop vault may hold in a market; wei.
    function setBackstopCapacity(uint256 marketId, uint256 notional) external onlyRole(PARAMETER_ROLE) {
        Backstop.setBackstopCapacity(_ledger, marketId, notional);
    }

    // PAUSES

    /// @notice Pauses or resumes a market.
    function setMarketPaused(uint256 marketId, bool paused) external onlyRole(PAUSER_ROLE) {
        Markets.setMarketPaused(_ledger, marketId, paused);
    }

    /// @notice Fixes the final price of a market that is reduce-only or paused.
    function delist(uint256 marketId) external onlyRole(PARAMETER_ROLE) {
        MarketLife.delist(_ledger, marketId);
    }

    /// @notice Lets trades only reduce positions in a market, or again open them.
    function setReduceOnly(uint256 marketId, bool reduceOnly) external onlyRole(PAUSER_ROLE) {
        MarketLife.setReduceOnly(_ledger, marketId, reduceOnly);
    }

    /// @notice Pauses or resumes everything.
    function setPaused(bool paused) external onlyRole(PAUSER_ROLE) {
        Markets.setPaused(_ledger, paused);
    }

    // RECORDS

    /// @notice The stored record of an account.
    function accountRecord(address account) external view returns (AccountRecord memory) {
        return _ledger.accounts[account];
    }

    /// @notice The stored position of an account in a market.
    function positionRecord(address account, uint256 marketId) external view returns (Position memory) {
        return _ledger.positions[account][marketId];
    }

    /// @notice What an account has resting in a market.
    function ordersOf(address account, uint256 marketId) external view returns (RestingOrders memory) {
        return _ledger.orders[account][marketId];
    }

    /// @notice Since when an account is known to be bankrupt.
    function flagOf(address account) external view returns (FlagRecord memory) {
        return _ledger.flags[account];
    }

    /// @notice Who is nominated on one side of a market, in no order.
    function candidatesOf(uint256 marketId, bool isLong) external view returns (address[] memory) {
        return _ledger.candidates[marketId][isLong];
    }

    /// @notice The stored record of a market.
    function marketRecord(uint256 marketId) external view returns (MarketRecord memory) {
        return _ledger.markets[marketId].record;
    }

    /// @notice The parameters of a market and its tiers.
    function marketParameters(uint256 marketId) external view returns (MarketParameters memory, Tier[] memory) {
        return (_ledger.markets[marketId].parameters, _ledger.markets[marketId].tiers);
    }

    /// @notice How a market ends.
    function finalRecord(uint256 marketId) external view returns (FinalRecord memory) {
        return _ledger.markets[marketId].finalRecord;
    }

    /// @notice How a market's variance is measured and what it leads to, and the variance.
    function volatility(uint256 marketId)
        external
        view
        returns (VolatilityParameters memory, Regime[] memory, VolatilityRecord memory)
    {
        return (
            _ledger.markets[marketId].volatilityParameters,
            _ledger.markets[marketId].regimes,
            _ledger.markets[marketId].volatility
        );
    }

    /// @notice The terms from which a market's last change of them ramps.
    function previousTerms(uint256 marketId) external view returns (PreviousTerms memory) {
        return _ledger.markets[marketId].previous;
    }

    /// @notice The offsets from which the last change of them ramps.
    function offsetRamp() external view returns (OffsetRamp memory) {
        return _ledger.offsetRamp;
    }

    /// @notice The stored record of the system.
    function systemRecord() external view returns (SystemRecord memory) {
        return _ledger.record;
    }

    /// @notice The parameters of the system.
    function systemParameters() external view returns (SystemParameters memory) {
        return _ledger.parameters;
    }

    /// @notice The parameters and the stored record of a collateral token.
    function collateral(uint256 collateralId)
        external
        view
        returns (CollateralParameters memory, CollateralRecord memory)
    {
        return (_ledger.collaterals[collateralId].parameters, _ledger.collaterals[collateralId].record);
    }

    /// @notice What the account holds of a collateral token, token units.
    function holding(address account, uint256 collateralId) external view returns (uint256) {
        return _ledger.holdings[account][collateralId];
    }

    /// @notice In which order an owner wants an account's tokens of one rank sold.
    function seizureOrderOf(address account) external view returns (SeizureOrderRecord memory) {
        return _ledger.seizureOrders[account];
    }

    /// @notice Whether a trader may act for an account.
    function isTrader(address account, address trader) external view returns (bool) {
        return _ledger.traders[account][trader];
    }

    /// @notice What negative cash costs and how far it may go.
    function creditParameters() external view returns (CreditParameters memory) {
        return _ledger.creditParameters;
    }

    /// @notice How many collateral tokens there are.
    function collateralCount() external view returns (uint256) {
        return _ledger.collateralCount;
    }

    /// @notice The tiers of the trading fees; none is one tier of whole shares.
    function feeTiers() external view returns (FeeTier[] memory) {
        return _ledger.feeTiers;
    }

    /// @notice The stored volume of an account.
    function volumeRecord(address account) external view returns (VolumeRecord memory) {
        return _ledger.volumes[account];
    }

    /// @notice What a market's requirements grow by, and its caps.
    function marketRisk(uint256 marketId) external view returns (MarketRisk memory) {
        return _ledger.markets[marketId].risk;
    }

    /// @notice The offset floor and the margin warnings.
    function systemRisk() external view returns (SystemRisk memory) {
        return _ledger.risk;
    }

    /// @notice Which position is taken over first, and how much of a large account's at a time.
    function liquidationParameters() external view returns (LiquidationParameters memory) {
        return _ledger.liquidation;
    }

    /// @notice What was taken over of a large account's position in its window.
    function liquidationWindow(address account, uint256 marketId) external view returns (LiquidationWindow memory) {
        return _ledger.windows[account][marketId];
    }

    /// @notice What the account's owner decided in advance.
    function plan(address account) external view returns (Plan memory) {
        return _ledger.plans[account];
    }

    /// @notice For which accounts keepers need an auction, and what it gives them; and how often that changed.
    function auctionParameters() external view returns (AuctionParameters memory, uint256 epoch) {
        return (_ledger.auctionParameters, _ledger.auctionEpoch);
    }

    /// @notice When the account's auction began, and under which parameters.
    function auctionOf(address account) external view returns (AuctionRecord memory) {
        return _ledger.auctions[account];
    }

    /// @notice By how much a fill by the market route may be worse than the mark, WAD.
    function marketLimitRate() external view returns (uint256) {
        return _ledger.marketLimitRate;
    }

    /// @notice All offsets between markets, by falling rate.
    function offsets() external view returns (OffsetPair[] memory) {
        return _ledger.offsets;
    }

    /// @notice When and for what the system itself takes positions over.
    function backstopParameters() external view returns (BackstopParameters memory) {
        return _ledger.backstopParameters;
    }

    /// @notice All shares of the backstop vault, and the margin that the insurance fund gave.
    function backstopRecord() external view returns (BackstopRecord memory) {
        return _ledger.backstop;
    }

    /// @notice The largest notional that the backstop vault may hold in a market; wei.
    function backstopCapacity(uint256 marketId) external view returns (uint256) {
        return _ledger.backstopCapacities[marketId];
    }

    /// @notice An account's shares of the backstop vault.
    function backstopShares(address account) external view returns (BackstopShares memory) {
        return _ledger.backstopShares[account];
    }

    /// @notice How many markets there are.
    function marketCount() external view returns (uint256) {
        return _ledger.marketCount;
    }
}
