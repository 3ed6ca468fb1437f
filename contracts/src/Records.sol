// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IOracleHub} from "./interfaces/IOracleHub.sol";

/// @title Records and bounds of the clearing house.
/// @notice Units: cash, reserve, clearing, fund, fees and dust of the ledger in wei (WAD of the settlement token);
/// sizes, prices and rates WAD; `quote`, dust of a market and requirements as numerators (1e-36 wei); indices in
/// numerators per wei of size or of cash; times unix seconds; vault, holdings and their totals in token units.

/// @dev Largest position or trade, WAD.
uint256 constant MAX_SIZE = 1e27;
/// @dev Highest price, WAD.
uint256 constant MAX_PRICE = 1e27;
/// @dev Largest notional a parameter may name, wei: the largest size at the largest price.
uint256 constant MAX_NOTIONAL = 1e36;
/// @dev Most token units in the vault: 1e21 dollars.
uint256 constant MAX_VAULT = 1e27;
/// @dev Wei of cash per unit of the six-decimal settlement token.
uint256 constant TOKEN_UNIT = 1e12;
/// @dev Highest funding rate a market may allow, WAD per second: 8.64 % a day.
uint256 constant MAX_FUNDING_RATE = 1e12;
/// @dev Most markets of the clearing house.
uint256 constant MAX_MARKETS = 32;
/// @dev Most markets one account may hold at a time.
uint256 constant MAX_ACCOUNT_MARKETS = 8;
/// @dev Most margin tiers of a market.
uint256 constant MAX_TIERS = 8;
/// @dev Most collateral tokens of the clearing house.
uint256 constant MAX_COLLATERALS = 8;
/// @dev Most collateral tokens one account may hold at a time.
uint256 constant MAX_ACCOUNT_COLLATERALS = 4;
/// @dev Highest interest rate, WAD per second: 8.64 % a day.
uint256 constant MAX_INTEREST_RATE = 1e12;
/// @dev Most accounts that are settled in one call.
uint256 constant MAX_BATCH = 64;
/// @dev Most rounds in which they are settled.
uint256 constant MAX_ROUNDS = 8;
/// @dev Most volatility regimes of a market beside the calm one.
uint256 constant MAX_REGIMES = 3;
/// @dev Highest scale of a regime, WAD.
uint256 constant MAX_REGIME_SCALE = 4e18;
/// @dev Longest ramp of a parameter, seconds.
uint256 constant MAX_RAMP = 365 days;
/// @dev Most tiers of the fee schedule.
uint256 constant MAX_FEE_TIERS = 8;
/// @dev Highest settlement fee rate of a market, WAD.
uint256 constant MAX_SETTLEMENT_FEE_RATE = 1e16;
/// @dev Days over which an account's volume counts, the present one among them.
uint256 constant VOLUME_DAYS = 30;
/// @dev Highest share of the smaller requirement that an offset forgives, both legs together, WAD.
uint256 constant MAX_OFFSET_RATE = 9e17;
/// @dev Most pairs of markets with an offset.
uint256 constant MAX_OFFSETS = 16;
/// @dev Highest scale of initial margin by open interest, and highest ratio of a margin warning, WAD.
uint256 constant MAX_SCALE = 1e19;

/// @notice A margin tier as it is configured: marginal rates for the notional above `lowerBound` (wei).
struct Tier {
    uint256 lowerBound;
    uint256 initialRate;
    uint256 maintenanceRate;
}

/// @notice A margin tier as it is stored, with the deductions that make the requirement continuous.
struct MarginTier {
    uint256 lowerBound;
    uint256 initialRate;
    uint256 initialDeduction;
    uint256 maintenanceRate;
    uint256 maintenanceDeduction;
}

struct MarketParameters {
    bytes32 priceId;
    uint256 sizeStep;
    uint256 priceTick;
    uint256 bandRate;
    uint256 tradeFeeRate;
    uint256 liquidationFeeRate;
    uint256 minimumNotional;
    uint256 premiumDepth;
    uint256 fundingPeriod;
    uint256 maximumFundingRate;
    uint256 socialisationCapRate;
    uint256 markBandRate;
    uint256 basisPeriod;
    uint256 impactMaxAge;
    uint256 settlementFeeRate;
    uint256 rampDuration;
}

struct SystemParameters {
    uint256 liquidationReserve;
    uint256 minimumKeeperReward;
    uint256 liquidatorShare;
    uint256 insuranceShare;
    uint256 targetRatio;
}

/// @notice A token that counts as margin: weights and discount WAD, cap in token units, ramp in seconds.
/// @param initialWeight Share of its value that counts towards initial margin.
/// @param maintenanceWeight Share of its value that counts towards maintenance margin.
/// @param seizureDiscount What a buyer of a debtor's tokens saves.
/// @param cap Most that all accounts together may hold.
/// @param rampDuration How long a lower maintenance weight takes to come into effect.
struct CollateralParameters {
    address token;
    bytes32 priceId;
    uint256 initialWeight;
    uint256 maintenanceWeight;
    uint256 seizureDiscount;
    uint256 cap;
    uint256 rampDuration;
}

/// @notice What negative cash costs: rates WAD per second, utilisation and share WAD, limit and cap in wei.
/// @param baseRate Rate where nothing is lent out.
/// @param kinkRate Rate at the utilisation `kink`.
/// @param maximumRate Rate where everything is lent out.
/// @param fundShare Share of the interest that goes to the insurance fund.
/// @param debtLimit Debt above which anyone may buy an account's tokens.
/// @param collateralCap Most that all tokens together may be worth after a deposit.
struct CreditParameters {
    uint256 baseRate;
    uint256 kinkRate;
    uint256 maximumRate;
    uint256 kink;
    uint256 fundShare;
    uint256 debtLimit;
    uint256 collateralCap;
}

/// @notice A tier of the fee schedule: shares (WAD) of a market's `tradeFeeRate` from a volume of `lowerVolume` (wei) on.
struct FeeTier {
    uint256 lowerVolume;
    uint256 makerRate;
    uint256 takerRate;
}

/// @notice What an account traded on each of its last days, token units.
/// @param total Sum of the buckets.
/// @param day The latest day with a trade, days since 1970.
/// @param buckets Day `d` is in bucket `d % 30`.
struct VolumeRecord {
    uint128 total;
    uint64 day;
    uint80[30] buckets;
}

/// @notice How a market's variance is measured: periods, gap and ramp in seconds, decay WAD.
/// @param observationPeriod Least time between two observations, over which the variance is; 0 is off.
/// @param maximumGap Longest time over which a return counts.
/// @param decay Weight of the past variance at an observation.
/// @param regimeRamp How long maintenance margin takes to a new regime's scale.
struct VolatilityParameters {
    uint256 observationPeriod;
    uint256 maximumGap;
    uint256 decay;
    uint256 regimeRamp;
}

/// @notice A volatility regime: variances (squares of WAD) at which it is entered and below which it is left, and the
/// scale of requirements in it (WAD).
struct Regime {
    uint256 enterVariance;
    uint256 exitVariance;
    uint256 scale;
}

/// @notice A market's variance, and where its maintenance scale is on its way from.
struct VolatilityRecord {
    uint256 lastPrice;
    uint256 observedAt;
    uint256 variance;
    uint256 regime;
    uint256 scaleFrom;
    uint256 rampStart;
}

/// @notice What a market's requirements grow by, and its caps; zero is off. Notional bounds and depth in wei, rates and
/// scale WAD, caps as sizes.
struct MarketRisk {
    uint256 openInterestLower;
    uint256 openInterestUpper;
    uint256 openInterestScale;
    uint256 halfSpreadRate;
    uint256 impactRate;
    uint256 depth;
    uint256 addOnCapRate;
    uint256 maximumPosition;
    uint256 maximumOpenInterest;
}

/// @notice What holds for whole accounts; zero is off. The floor is a share of the total before offsets, warnings and
/// hysteresis are health factors; all WAD.
struct SystemRisk {
    uint256 offsetFloor;
    uint256 firstWarning;
    uint256 secondWarning;
    uint256 warningHysteresis;
    uint256 rampDuration;
}

/// @notice Two positively correlated markets, `first` < `second`, and the share of the smaller requirement that opposite
/// positions in them forgive, both legs together; WAD.
struct OffsetPair {
    uint8 first;
    uint8 second;
    uint64 rate;
}

/// @notice A market's terms from which the last change of them ramps.
struct PreviousTerms {
    uint256 rampStart;
    uint256 rampEnd;
    uint256 liquidationFeeRate;
    uint256 markBandRate;
    uint256 premiumDepth;
    uint256 basisPeriod;
    uint256 impactMaxAge;
    MarginTier[] tiers;
    MarketRisk risk;
}

/// @notice The offsets and their floor from which the last change of them ramps.
struct OffsetRamp {
    uint256 floor;
    uint256 rampStart;
    uint256 rampEnd;
    OffsetPair[] pairs;
}

/// @notice The stored, changing part of a market.
struct MarketRecord {
    bool paused;
    uint256 openInterest;
    int256 clearing;
    uint256 dust;
    int256 fundingRate;
    uint256 fundingPrice;
    int256 fundingIndex;
    uint256 accruedAt;
    uint256 longLossIndex;
    uint256 shortLossIndex;
    int256 basis;
    uint256 basisAt;
    uint256 sampledAt;
    int256 sampleSum;
    uint256 sampleNotional;
    uint256 impactPrice;
    uint256 impactAt;
    uint256 nextImpactPrice;
    uint256 nextImpactAt;
}

/// @notice An account: `markets` is the bitmap of the markets in which it has a position or a quote, `collaterals` that of
/// its tokens, `cashIndex` the interest index up to which its cash is booked; `isolatedTo` is one more than the market
/// that it is tied to, 0 for none.
struct AccountRecord {
    int256 cash;
    uint256 reserve;
    uint256 markets;
    uint256 openPositions;
    uint256 collaterals;
    uint256 cashIndex;
    uint256 isolatedTo;
    uint256 warning;
}

struct Position {
    int256 size;
    int256 quote;
    int256 fundingIndex;
    uint256 lossIndex;
}

struct SystemRecord {
    bool paused;
    uint256 vault;
    uint256 insuranceFund;
    uint256 fees;
    uint256 dust;
    uint256 unresolvedBadDebt;
    uint256 totalDebt;
    uint256 totalCredit;
    uint256 debtIndex;
    uint256 creditIndex;
    int256 interestPool;
    uint256 interestAt;
}

/// @notice The stored, changing part of a collateral token.
/// @param unit WAD of the token in one of its units.
/// @param total What all accounts hold, token units.
/// @param lastPrice The price that was last read when tokens moved, WAD.
/// @param weightFrom Maintenance weight from which it ramps down.
struct CollateralRecord {
    uint256 unit;
    uint256 total;
    uint256 lastPrice;
    uint256 weightFrom;
    uint256 rampStart;
    uint256 rampEnd;
}

struct Collateral {
    CollateralParameters parameters;
    CollateralRecord record;
}

struct Market {
    MarketParameters parameters;
    MarginTier[] tiers;
    MarketRecord record;
    VolatilityParameters volatilityParameters;
    Regime[] regimes;
    VolatilityRecord volatility;
    MarketRisk risk;
    PreviousTerms previous;
}

/// @notice The whole storage of the clearing house, handed to the rule libraries.
struct Ledger {
    IERC20 token;
    IOracleHub hub;
    SystemParameters parameters;
    SystemRecord record;
    uint256 marketCount;
    mapping(uint256 marketId => Market) markets;
    mapping(address account => AccountRecord) accounts;
    mapping(address account => mapping(uint256 marketId => Position)) positions;
    CreditParameters creditParameters;
    uint256 collateralCount;
    mapping(uint256 collateralId => Collateral) collaterals;
    mapping(address account => mapping(uint256 collateralId => uint256)) holdings;
    mapping(address account => mapping(address trader => bool)) traders;
    FeeTier[] feeTiers;
    mapping(address account => VolumeRecord) volumes;
    SystemRisk risk;
    OffsetPair[] offsets;
    OffsetRamp offsetRamp;
}
