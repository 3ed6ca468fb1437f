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
/// @dev Largest notional that a sample of the mark may need, wei: 1e10 dollars.
uint256 constant MAX_PREMIUM_DEPTH = 1e28;
/// @dev Largest notional a parameter may name, wei: the largest size at the largest price.
uint256 constant MAX_NOTIONAL = 1e36;
/// @dev Most token units in the vault: 1e20 dollars.
uint256 constant MAX_VAULT = 1e26;
/// @dev Wei of cash per unit of the six-decimal settlement token.
uint256 constant TOKEN_UNIT = 1e12;
/// @dev Highest funding rate a market may allow, WAD per second: 8.64 % a day.
uint256 constant MAX_FUNDING_RATE = 1e12;
/// @dev Most markets of the clearing house.
uint256 constant MAX_MARKETS = 64;
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
/// @dev Least that an account's holding of a token must be worth to go before others in a seizure, wei: 100 dollars.
uint256 constant SEIZURE_DUST = 1e20;
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
/// @dev Highest stop ratio of an owner's plan, WAD.
uint256 constant MAX_STOP_RATIO = 2e18;
/// @dev Longest time between two full shares of a large account, seconds.
uint256 constant MAX_COOL_DOWN = 3600;
/// @dev Longest rise, and longest time after it, of an auction, seconds.
uint256 constant MAX_AUCTION_TIME = 3600;
/// @dev Furthest that a fill by the market route may be allowed to be worse than the mark, WAD.
uint256 constant MAX_MARKET_LIMIT_RATE = 1e17;
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
/// @dev Most shares of the backstop vault.
uint256 constant MAX_SHARES = 1e38;
/// @dev Shares of the backstop vault that nobody holds, so that whoever gives to an empty vault gives to nobody.
uint256 constant VIRTUAL_SHARES = 1e3;
/// @dev Account of the backstop vault: nobody has its key, nor that of an address with the same owner.
address constant BACKSTOP = address(uint160(1));
/// @dev Account of what the insurance fund took over; as above.
address constant FUND = address(uint160(2));

/// @notice Ways in which a liquidatable account's position goes: to a keeper, to whom the matcher finds, the backstop
/// vault, the insurance fund, ranked holders of the opposite side, any holder of the opposite side.
enum Route {
    Keeper,
    Market,
    Backstop,
    Fund,
    Deleverage,
    ForcedClose
}
/// @dev Most candidates for deleveraging that are kept for one side of a market.
uint256 constant MAX_CANDIDATES = 32;

/// @notice A margin tier as it is configured: marginal rates for the notional above `lowerBound` (wei).
struct Tier {
    uint128 lowerBound;
    uint64 initialRate;
    uint64 maintenanceRate;
}

struct MarketParameters {
    bytes32 priceId;
    uint64 liquidationFeeRate;
    uint64 markBandRate;
    uint32 basisPeriod;
    uint96 premiumDepth;
    uint32 impactMaxAge;
    uint32 rampDuration;
    uint32 fundingPeriod;
    uint128 minimumNotional;
    uint96 sizeStep;
    uint96 priceTick;
    uint64 bandRate;
    uint64 tradeFeeRate;
    uint64 settlementFeeRate;
    uint64 maximumFundingRate;
    uint64 socialisationCapRate;
}

struct SystemParameters {
    uint96 liquidationReserve;
    uint96 minimumKeeperReward;
    uint64 liquidatorShare;
    uint64 insuranceShare;
    uint64 targetRatio;
    uint32 deleverageDelay;
}

/// @notice Which position is taken over first, and how much of a large account's at a time; see {LiquidationLimits}.
/// @param ordered Whether the position that relieves most is first.
/// @param largestShare Most of a large account's position that is taken in a window, WAD.
/// @param urgentHealth Health factor below which the limits no longer hold, WAD.
/// @param coolDown Length of a window, seconds.
/// @param maximumKeeperReward Most that a keeper gets of the fee of one takeover, wei; 0 is no maximum.
/// @param largeNotional Notional beyond which an account is large, wei; 0 is off.
struct LiquidationParameters {
    bool ordered;
    uint64 largestShare;
    uint64 urgentHealth;
    uint32 coolDown;
    uint96 maximumKeeperReward;
    uint128 largeNotional;
}

/// @notice A token that counts as margin: weights, discount and rates WAD, cap in token units, ramp in seconds.
/// @param initialWeight Share of its value that counts towards initial margin.
/// @param maintenanceWeight Share of its value that counts towards maintenance margin.
/// @param seizureDiscount What a buyer of a debtor's tokens saves.
/// @param cap Most that all accounts together may hold.
/// @param rampDuration How long a lower maintenance weight takes to come into effect.
/// @param bandRate Furthest that a trade's price may be from the token's, as a share of that.
/// @param tradeFeeRate Fee on a trade's notional, before the shares of maker and taker.
struct CollateralParameters {
    address token;
    bytes32 priceId;
    uint64 initialWeight;
    uint64 maintenanceWeight;
    uint64 seizureDiscount;
    uint96 cap;
    uint32 rampDuration;
    uint64 bandRate;
    uint64 tradeFeeRate;
}

/// @notice What negative cash costs: rates WAD per second, utilisation and share WAD, limit and cap in wei.
/// @param baseRate Rate where nothing is lent out.
/// @param kinkRate Rate at the utilisation `kink`.
/// @param maximumRate Rate where everything is lent out.
/// @param fundShare Share of the interest that goes to the insurance fund.
/// @param debtLimit Debt above which anyone may buy an account's tokens.
/// @param collateralCap Most that all tokens together may be worth after a deposit.
struct CreditParameters {
    uint64 baseRate;
    uint64 kinkRate;
    uint64 maximumRate;
    uint64 kink;
    uint64 fundShare;
    uint128 debtLimit;
    uint128 collateralCap;
}

/// @notice A tier of the fee schedule: shares (WAD) of a market's `tradeFeeRate` from a volume of `lowerVolume` (wei) on.
struct FeeTier {
    uint128 lowerVolume;
    uint64 makerRate;
    uint64 takerRate;
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
    uint32 observationPeriod;
    uint32 maximumGap;
    uint64 decay;
    uint32 regimeRamp;
}

/// @notice A volatility regime: variances (squares of WAD) at which it is entered and below which it is left, and the
/// scale of requirements in it (WAD).
struct Regime {
    uint128 enterVariance;
    uint128 exitVariance;
    uint64 scale;
}

/// @notice A market's variance, and where its maintenance scale is on its way from.
struct VolatilityRecord {
    uint96 lastPrice;
    uint40 observedAt;
    uint128 variance;
    uint8 regime;
    uint64 scaleFrom;
    uint40 rampStart;
}

/// @notice What a market's requirements grow by, and its caps; zero is off. Notional bounds and depth in wei, rates and
/// scale WAD, caps as sizes.
struct MarketRisk {
    uint128 openInterestLower;
    uint128 openInterestUpper;
    uint64 openInterestScale;
    uint64 halfSpreadRate;
    uint64 impactRate;
    uint128 depth;
    uint64 addOnCapRate;
    uint96 maximumPosition;
    uint128 maximumOpenInterest;
}

/// @notice What holds for whole accounts; zero is off. The floor is a share of the total before offsets, warnings and
/// hysteresis are health factors; all WAD.
struct SystemRisk {
    uint64 offsetFloor;
    uint64 firstWarning;
    uint64 secondWarning;
    uint64 warningHysteresis;
    uint32 rampDuration;
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
    uint40 rampStart;
    uint64 liquidationFeeRate;
    uint64 markBandRate;
    uint32 basisPeriod;
    uint96 premiumDepth;
    uint32 impactMaxAge;
    Tier[] tiers;
    MarketRisk risk;
}

/// @notice The offsets and their floor from which the last change of them ramps.
struct OffsetRamp {
    uint64 floor;
    uint40 rampStart;
    uint40 rampEnd;
    OffsetPair[] pairs;
}

/// @notice What a market's life has come to: trades may be opened, or only reduce; its final price is fixed, and then what
/// its claims are paid.
enum Phase {
    Open,
    ReduceOnly,
    Delisted,
    Closed
}

/// @notice The stored, changing part of a market: `rampEnd` is when its terms are all in force, `socialised` whether its
/// loss indices were ever raised.
struct MarketRecord {
    bool paused;
    uint128 openInterest;
    uint40 accruedAt;
    uint40 sampledAt;
    uint40 impactAt;
    int48 fundingRate;
    int64 basis;
    uint40 basisAt;
    uint40 nextImpactAt;
    uint40 rampEnd;
    bool socialised;
    Phase phase;
    int160 fundingIndex;
    uint96 fundingPrice;
    uint160 sampleNotional;
    uint96 nextImpactPrice;
    int256 sampleSum;
    uint160 longLossIndex;
    uint96 impactPrice;
    uint160 shortLossIndex;
    int256 clearing;
    uint256 dust;
}

/// @notice How a market ends: price and ratio WAD, the rest numerators.
/// @param price Its mark from delisting on.
/// @param ratio The share of a claim that is paid once it is closed.
/// @param shorts Sum of the short positions that are still open after delisting, WAD; open interest counts the long ones.
/// @param unpaid What closed positions owe; kept all its life, because at the end nobody could list them.
/// @param claims What is still claimed of a closed market.
struct FinalRecord {
    uint96 price;
    uint64 ratio;
    uint128 shorts;
    uint256 unpaid;
    uint256 claims;
}

/// @notice An account: `markets` is the bitmap of the markets in which it has a position or a quote, `orderedMarkets` that
/// of those in which it has orders resting, `collaterals` that of its tokens, `cashIndex` the interest index up to which
/// its cash is booked; `isolatedTo` is one more than the market that it is tied to, 0 for none.
struct AccountRecord {
    int128 cash;
    uint64 markets;
    uint64 orderedMarkets;
    uint128 cashIndex;
    uint96 reserve;
    uint8 openPositions;
    uint8 collaterals;
    uint8 isolatedTo;
    uint8 warning;
}

struct Position {
    int96 size;
    int160 fundingIndex;
    int256 quote;
    uint160 lossIndex;
}

/// @notice What was taken over of a large account's position since `startedAt`, when it was `base`; WAD.
struct LiquidationWindow {
    uint40 startedAt;
    uint96 base;
    uint96 taken;
}

/// @notice What an account has resting in a market's order book: sizes WAD, and the sums of size x limit price in wei.
struct RestingOrders {
    uint128 bidSize;
    uint128 bidNotional;
    uint128 askSize;
    uint128 askNotional;
}

/// @notice Since when an account is known to be bankrupt; 0 where it is not known.
struct FlagRecord {
    uint40 flaggedAt;
}

struct SystemRecord {
    bool paused;
    uint96 vault;
    uint40 interestAt;
    uint128 insuranceFund;
    uint128 fees;
    uint128 dust;
    uint128 unresolvedBadDebt;
    uint128 totalDebt;
    uint128 totalCredit;
    uint128 debtIndex;
    uint128 creditIndex;
    int256 interestPool;
}

/// @notice The stored, changing part of a collateral token.
/// @param unit WAD of the token in one of its units.
/// @param lastPrice The price that was last read when tokens moved, WAD.
/// @param total What all accounts hold, token units.
/// @param weightFrom Maintenance weight from which it ramps down.
/// @param seizureRank A debtor's tokens of a lower rank are sold first.
struct CollateralRecord {
    uint64 unit;
    uint96 lastPrice;
    uint40 rampEnd;
    uint96 total;
    uint64 weightFrom;
    uint40 rampStart;
    uint8 seizureRank;
}

/// @notice In which order an owner wants an account's tokens of one rank sold.
/// @param places Byte `i` is one more than the place of token `i`, 0 where the owner named it not.
struct SeizureOrderRecord {
    uint64 places;
}

/// @notice When and for what the system itself takes positions over; zero is off.
/// @param withdrawalDelay Seconds from a request to the withdrawal from the backstop vault.
/// @param feeShare Share of the liquidation fee that the vault gets for what it takes over, at most the fund's part, WAD.
/// @param takeoverRatio Ratio of equity to maintenance margin and fee below which the vault may take over, WAD.
/// @param fundRatio That below which the insurance fund may, WAD.
/// @param fundShare Most of the insurance fund that may be margin for what it took over, as a share of both, WAD.
struct BackstopParameters {
    uint32 withdrawalDelay;
    uint64 feeShare;
    uint64 takeoverRatio;
    uint64 fundRatio;
    uint64 fundShare;
}

/// @notice All shares of the backstop vault, what the insurance fund gave its account as margin (wei), and how often the
/// vault began anew.
struct BackstopRecord {
    uint128 shares;
    uint128 fundCapital;
    uint32 epoch;
}

/// @notice An account's shares of the backstop vault, and those of them that it asked to withdraw; those of an earlier epoch
/// are worth nothing.
struct BackstopShares {
    uint128 held;
    uint128 requested;
    uint40 availableAt;
    uint32 epoch;
}

/// @notice What an owner decided in advance for an account in distress; zero is off.
/// @param marketOrder Markets in which keepers take over first, first to last from the lowest byte on: one more than the id
/// in each byte, 0 behind the last.
/// @param stopRatio Ratio of equity to maintenance margin and fee below which others may reduce, and below which the account
/// is topped up, WAD.
/// @param reduceFeeShare Share of the liquidation fee rate that a reduction costs, WAD.
/// @param topUpLimit Most that is still moved from the source, token units.
/// @param topUpSource The owner's account that tops up.
struct Plan {
    uint64 marketOrder;
    uint64 stopRatio;
    uint64 reduceFeeShare;
    uint64 topUpLimit;
    address topUpSource;
}

/// @notice For which accounts keepers need an auction, and what it gives them; see {Auctions}.
/// @param auctionNotional Notional beyond which an account is taken over by auction, wei; 0 is off.
/// @param duration How long the keeper's share rises to all of the fee, seconds.
/// @param validity How long it stays there before the auction is void, seconds.
/// @param startShare The keeper's share of the fee at the beginning, WAD.
/// @param urgentHealth Health factor below which no auction is needed, WAD.
struct AuctionParameters {
    uint128 auctionNotional;
    uint32 duration;
    uint32 validity;
    uint64 startShare;
    uint64 urgentHealth;
}

/// @notice When an account's auction began, 0 for none; one of an earlier epoch, of other parameters, is void.
struct AuctionRecord {
    uint40 startedAt;
    uint32 epoch;
}

struct Collateral {
    CollateralParameters parameters;
    CollateralRecord record;
}

struct Market {
    MarketParameters parameters;
    Tier[] tiers;
    MarketRecord record;
    VolatilityParameters volatilityParameters;
    Regime[] regimes;
    VolatilityRecord volatility;
    MarketRisk risk;
    PreviousTerms previous;
    FinalRecord finalRecord;
}

/// @notice The whole storage of the clearing house, handed to the rule libraries.
struct Ledger {
    IERC20 token;
    IOracleHub hub;
    uint32 marketCount;
    uint32 collateralCount;
    SystemParameters parameters;
    SystemRecord record;
    mapping(uint256 marketId => Market) markets;
    mapping(address account => AccountRecord) accounts;
    mapping(address account => mapping(uint256 marketId => Position)) positions;
    CreditParameters creditParameters;
    mapping(uint256 collateralId => Collateral) collaterals;
    mapping(address account => mapping(uint256 collateralId => uint256)) holdings;
    mapping(address account => mapping(address trader => bool)) traders;
    FeeTier[] feeTiers;
    mapping(address account => VolumeRecord) volumes;
    SystemRisk risk;
    OffsetPair[] offsets;
    OffsetRamp offsetRamp;
    mapping(address account => mapping(uint256 marketId => RestingOrders)) orders;
    LiquidationParameters liquidation;
    mapping(address account => mapping(uint256 marketId => LiquidationWindow)) windows;
    BackstopParameters backstopParameters;
    BackstopRecord backstop;
    mapping(uint256 marketId => uint256) backstopCapacities;
    mapping(address account => BackstopShares) backstopShares;
    mapping(address account => FlagRecord) flags;
    mapping(uint256 marketId => mapping(bool isLong => address[])) candidates;
    mapping(address account => SeizureOrderRecord) seizureOrders;
    mapping(address account => Plan) plans;
    AuctionParameters auctionParameters;
    uint32 auctionEpoch;
    uint64 marketLimitRate;
    mapping(address account => AuctionRecord) auctions;
}
