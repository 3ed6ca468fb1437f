// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SetUtil} from "@synthetixio/core-contracts/contracts/utils/SetUtil.sol";
import {INodeModule} from "@synthetixio/oracle-manager/contracts/interfaces/INodeModule.sol";
import {NodeOutput} from "@synthetixio/oracle-manager/contracts/storage/NodeOutput.sol";
import {GlobalPerpsMarketConfiguration as Global} from
    "@synthetixio/perps-market/contracts/storage/GlobalPerpsMarketConfiguration.sol";
import {InterestRate} from "@synthetixio/perps-market/contracts/storage/InterestRate.sol";
import {KeeperCosts} from "@synthetixio/perps-market/contracts/storage/KeeperCosts.sol";
import {Liquidation} from "@synthetixio/perps-market/contracts/storage/Liquidation.sol";
import {PerpsAccount} from "@synthetixio/perps-market/contracts/storage/PerpsAccount.sol";
import {PerpsMarket} from "@synthetixio/perps-market/contracts/storage/PerpsMarket.sol";
import {PerpsMarketConfiguration as Config} from
    "@synthetixio/perps-market/contracts/storage/PerpsMarketConfiguration.sol";
import {PerpsMarketFactory} from "@synthetixio/perps-market/contracts/storage/PerpsMarketFactory.sol";
import {PerpsPrice} from "@synthetixio/perps-market/contracts/storage/PerpsPrice.sol";
import {Position} from "@synthetixio/perps-market/contracts/storage/Position.sol";

/// @title The oracle that the libraries ask: prices and costs that the harness sets.
abstract contract Oracle {
    bytes32 internal constant COSTS = "costs";

    mapping(bytes32 node => int256) internal _prices;
    /// Of settling, flagging and liquidating, and for each price that has to be updated, USD.
    uint64[4] internal _costs;

    function process(bytes32 node) external view returns (NodeOutput.Data memory) {
        return _answer(_prices[node]);
    }

    function processWithRuntime(bytes32 node, bytes32[] memory, bytes32[] memory values)
        external
        view
        returns (NodeOutput.Data memory)
    {
        if (node != COSTS) return _answer(_prices[node]);
        return _answer(int256(uint256(values[0]) * _costs[3] + _costs[uint256(values[1])]));
    }

    function processManyWithRuntime(bytes32[] memory nodes, bytes32[] memory, bytes32[] memory)
        external
        view
        returns (NodeOutput.Data[] memory)
    {
        return _answers(nodes);
    }

    function processManyWithManyRuntime(bytes32[] memory nodes, bytes32[][] memory, bytes32[][] memory)
        external
        view
        returns (NodeOutput.Data[] memory)
    {
        return _answers(nodes);
    }

    function _answer(int256 price) private view returns (NodeOutput.Data memory) {
        return NodeOutput.Data(price, block.timestamp, 0, 0);
    }

    function _answers(bytes32[] memory nodes) private view returns (NodeOutput.Data[] memory all) {
        all = new NodeOutput.Data[](nodes.length);
        for (uint256 i; i < nodes.length; i++) all[i] = _answer(_prices[nodes[i]]);
    }
}

/// @title Calls the libraries of perps markets on their own storage, which setters fill.
contract PerpsHarness is Oracle {
    using Config for Config.Data;
    using Global for Global.Data;
    using InterestRate for InterestRate.Data;
    using PerpsAccount for PerpsAccount.Data;
    using PerpsMarket for PerpsMarket.Data;
    using Position for Position.Data;
    using SetUtil for SetUtil.UintSet;

    uint128 private constant MARKETS = 2;
    uint128 private constant ACCOUNTS = 3;
    PerpsPrice.Tolerance private constant ANY_AGE = PerpsPrice.Tolerance.DEFAULT;

    error NoSuchMarket();
    error NoSuchAccount();

    constructor() {
        PerpsMarketFactory.load().oracle = INodeModule(address(this));
        KeeperCosts.load().keeperCostNodeId = COSTS;
        for (uint128 id = 1; id <= MARKETS; id++) {
            PerpsMarket.load(id).id = id;
            PerpsMarket.load(id).lastFundingTime = block.timestamp;
            PerpsPrice.load(id).feedId = bytes32(uint256(id));
        }
        for (uint128 id = 1; id <= ACCOUNTS; id++) PerpsAccount.load(id).id = id;
        InterestRate.load().lastTimestamp = block.timestamp;
    }

    // SETTINGS

    function setFees(uint128 market, uint128 maker, uint128 taker) external {
        _config(market).orderFees.makerFee = maker;
        _config(market).orderFees.takerFee = taker;
    }

    function setWindow(uint128 market, uint256 multiplier, uint32 span, uint256 maxPd, address endorsed) external {
        Config.Data storage config = _config(market);
        config.maxLiquidationLimitAccumulationMultiplier = multiplier;
        config.maxSecondsInLiquidationWindow = span;
        config.maxLiquidationPd = maxPd;
        config.endorsedLiquidator = endorsed;
    }

    function setScale(uint128 market, uint256 skewScale, uint256 velocity) external {
        _config(market).skewScale = skewScale;
        _config(market).maxFundingVelocity = velocity;
    }

    function setMargins(uint128 market, uint256 initial, uint256 least, uint256 maintenance, uint256 constant_)
        external
    {
        Config.Data storage config = _config(market);
        config.initialMarginRatioD18 = initial;
        config.minimumInitialMarginRatioD18 = least;
        config.maintenanceMarginScalarD18 = maintenance;
        config.minimumPositionMargin = constant_;
    }

    function setRatios(uint128 market, uint256 flag, uint256 locked) external {
        _config(market).flagRewardRatioD18 = flag;
        _config(market).lockedOiRatioD18 = locked;
    }

    function setKeeper(uint256 least, uint256 most, uint256 profit, uint256 scaling, uint128 collateral) external {
        Global.Data storage global = Global.load();
        global.minKeeperRewardUsd = least;
        global.maxKeeperRewardUsd = most;
        global.minKeeperProfitRatioD18 = profit;
        global.maxKeeperScalingRatioD18 = scaling;
        global.collateralLiquidateRewardRatioD18 = collateral;
    }

    function setCosts(uint64[4] calldata costs) external {
        _costs = costs;
    }

    function setInterest(uint128 rate) external {
        InterestRate.Data storage interest = InterestRate.load();
        interest.interestAccrued = interest.calculateNextInterest();
        interest.interestRate = rate;
        interest.lastTimestamp = block.timestamp;
    }

    // STATE

    function setPrice(uint128 market, int256 price) external {
        _market(market);
        _prices[bytes32(uint256(market))] = price;
    }

    function setSkew(uint128 market, int256 skew) external {
        _market(market).skew = skew;
    }

    /// Deposits snxUSD, or takes it.
    function deposit(uint128 account, int256 amount) external returns (uint256) {
        return _account(account).updateCollateralAmount(0, amount);
    }

    function setDebt(uint128 account, uint256 debt) external {
        _account(account).debt = debt;
    }

    function setPosition(uint128 account, uint128 market, int128 size, uint128 price, int128 fundingThen) external {
        Position.Data memory position = Position.Data(market, size, price, fundingThen, 0);
        _market(market).positions[account].update(position, InterestRate.load().calculateNextInterest());
        _account(account).updateOpenPositions(market, size);
    }

    function recomputeFunding(uint128 market, uint256 price) external returns (int256 rate, int256 value) {
        return _market(market).recomputeFunding(price);
    }

    /// Takes out of the window what it still holds of an amount.
    function liquidate(uint128 market, uint128 amount) external returns (uint128) {
        return _market(market).maxLiquidatableAmount(amount);
    }

    // LIQUIDATION WINDOW

    function maxInWindow(uint128 market) external view returns (uint256) {
        return _config(market).maxLiquidationAmountInWindow();
    }

    function windowsFor(uint128 market, uint256 size) external view returns (uint256) {
        return _config(market).numberOfLiquidationWindows(size);
    }

    function capacity(uint128 market) external view returns (uint256 left, uint256 most, uint256 latest) {
        return _market(market).currentLiquidationCapacity(_config(market));
    }

    function liquidations(uint128 market) external view returns (Liquidation.Data[] memory) {
        return _market(market).liquidationData;
    }

    // MARGIN OF A POSITION

    function requiredMargins(uint128 market, int128 size, uint256 price)
        external
        view
        returns (uint256 initialRatio, uint256 maintenanceRatio, uint256 initial, uint256 maintenance)
    {
        return _config(market).calculateRequiredMargins(size, price);
    }

    function flagReward(uint128 market, uint256 notional) external view returns (uint256) {
        return _config(market).calculateFlagReward(notional);
    }

    function funding(uint128 market, uint256 price) external view returns (int256 velocity, int256 rate, int256 next) {
        PerpsMarket.Data storage data = _market(market);
        return (data.currentFundingVelocity(), data.currentFundingRate(), data.calculateNextFunding(price));
    }

    function pnl(uint128 account, uint128 market, uint256 price)
        external
        view
        returns (int256 total, int256 fromPrice, uint256 interest, int256 fromFunding, int256 perUnit, int256 next)
    {
        return _market(market).positions[account].getPnl(price);
    }

    // KEEPERS

    function keeperReward(uint256 rewards, uint256 cost, uint256 available) external view returns (uint256) {
        return Global.load().keeperReward(rewards, cost, available);
    }

    function keeperCaps(uint256 cost, uint256 available) external view returns (uint256 least, uint256 most) {
        return (Global.load().minimumKeeperRewardCap(cost), Global.load().maximumKeeperRewardCap(available));
    }

    // MARGIN OF AN ACCOUNT

    function availableMargin(uint128 account) external view returns (int256) {
        return _account(account).getAvailableMargin(ANY_AGE);
    }

    function withdrawableMargin(uint128 account) external view returns (int256) {
        return _account(account).getWithdrawableMargin(ANY_AGE);
    }

    function requirements(uint128 account)
        external
        view
        returns (uint256 initial, uint256 maintenance, uint256 reward)
    {
        return _account(account).getAccountRequiredMargins(ANY_AGE);
    }

    function isLiquidatable(uint128 account)
        external
        view
        returns (bool eligible, int256 available, uint256 initial, uint256 maintenance, uint256 reward)
    {
        return _account(account).isEligibleForLiquidation(ANY_AGE);
    }

    function isMarginLiquidatable(uint128 account) external view returns (bool eligible, int256 available) {
        return _account(account).isEligibleForMarginLiquidation(ANY_AGE);
    }

    function openMarkets(uint128 account) external view returns (uint256[] memory) {
        return _account(account).openPositionMarketIds.values();
    }

    // ACCESS

    function _market(uint128 id) private pure returns (PerpsMarket.Data storage) {
        if (id == 0 || id > MARKETS) revert NoSuchMarket();
        return PerpsMarket.load(id);
    }

    function _config(uint128 id) private pure returns (Config.Data storage) {
        if (id == 0 || id > MARKETS) revert NoSuchMarket();
        return Config.load(id);
    }

    function _account(uint128 id) private pure returns (PerpsAccount.Data storage) {
        if (id == 0 || id > ACCOUNTS) revert NoSuchAccount();
        return PerpsAccount.load(id);
    }
}
