// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IOracleHub} from "./interfaces/IOracleHub.sol";

/// @title Records and bounds of the clearing house.
/// @notice Units: cash, reserve, clearing, fund, fees and dust of the ledger in wei (WAD of the settlement token);
/// sizes, prices and rates WAD; `quote`, dust of a market and requirements as numerators (1e-36 wei); indices in
/// numerators per wei of size; times unix seconds; vault in token units.

/// @dev Largest position or trade, WAD.
uint256 constant MAX_SIZE = 1e27;
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
}

struct SystemParameters {
    uint256 liquidationReserve;
    uint256 minimumKeeperReward;
    uint256 liquidatorShare;
    uint256 insuranceShare;
    uint256 targetRatio;
}

/// @notice The stored, changing part of a market.
struct MarketRecord {
    bool paused;
    uint256 openInterest;
    int256 clearing;
    uint256 dust;
    int256 premium;
    int256 fundingRate;
    uint256 fundingPrice;
    int256 fundingIndex;
    uint256 accruedAt;
    uint256 longLossIndex;
    uint256 shortLossIndex;
}

struct AccountRecord {
    int256 cash;
    uint256 reserve;
    uint256 markets;
    uint256 openPositions;
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
}

struct Market {
    MarketParameters parameters;
    MarginTier[] tiers;
    MarketRecord record;
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
}
