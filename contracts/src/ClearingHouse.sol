// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {Accounts} from "./Accounts.sol";
import {Auctions} from "./Auctions.sol";
import {Backstop} from "./Backstop.sol";
import {Collaterals, Purchase} from "./Collaterals.sol";
import {Deleveraging} from "./Deleveraging.sol";
import {AccountFigures, Figures} from "./Figures.sol";
import {Fees} from "./Fees.sol";
import {ForcedClose} from "./ForcedClose.sol";
import {HouseState} from "./HouseState.sol";
import {Liquidation} from "./Liquidation.sol";
import {LiquidationLimits} from "./LiquidationLimits.sol";
import {Mark} from "./Mark.sol";
import {MarginCalls} from "./MarginCalls.sol";
import {MarketLife} from "./MarketLife.sol";
import {Fill, MarketRoute} from "./MarketRoute.sol";
import {Markets} from "./Markets.sol";
import {OrderReport, Orders} from "./Orders.sol";
import {Plans} from "./Plans.sol";
import {Reductions} from "./Reductions.sol";
import {SeizureOrder} from "./SeizureOrder.sol";
import {Settlement} from "./Settlement.sol";
import {Spot, SpotTrade} from "./Spot.sol";
import {Takeovers} from "./Takeovers.sol";
import {Trade, Trading} from "./Trading.sol";
import {Views} from "./Views.sol";
import {IOracleHub} from "./interfaces/IOracleHub.sol";
import {Plan, Route, SystemParameters} from "./Records.sol";

/// @title The clearing house: one settlement asset, several collateral tokens and perpetual markets, cross margin.
/// @notice Traders trade with each other, so open interest is balanced and profit and loss sum to zero; this contract
/// settles. The rules stand in the linked libraries.
contract ClearingHouse is HouseState {
    /// @notice The code that is delegated to: see {Administration}.
    address public immutable administration;

    /// @param admin Receives every role but the matcher's.
    /// @param matcher May bring trades.
    constructor(
        IERC20 token,
        IOracleHub hub,
        address administration_,
        address admin,
        address matcher,
        SystemParameters memory parameters
    ) HouseState(admin) {
        administration = administration_;
        _ledger.token = token;
        _ledger.hub = hub;
        _grantRole(PARAMETER_ROLE, admin);
        _grantRole(PAUSER_ROLE, admin);
        _grantRole(TREASURER_ROLE, admin);
        _grantRole(MATCHER_ROLE, matcher);
        Markets.setSystemParameters(_ledger, parameters);
    }

    /// @notice Delegates what this contract has no function for.
    fallback(bytes calldata data) external returns (bytes memory answer) {
        bool success;
        (success, answer) = administration.delegatecall(data);
        if (!success) LowLevelCall.bubbleRevert(answer);
    }

    // MONEY

    /// @notice Deposits `amount` token units for the sender.
    function deposit(uint256 amount) external nonReentrant whenNotPaused {
        Settlement.deposit(_ledger, msg.sender, amount);
    }

    /// @notice Withdraws `amount` token units to the sender.
    function withdraw(uint256 amount) external nonReentrant whenNotPaused {
        Settlement.withdraw(_ledger, msg.sender, amount);
    }

    /// @notice Gives `amount` token units of the sender to the insurance fund.
    function depositInsurance(uint256 amount) external nonReentrant whenNotPaused {
        Settlement.depositInsurance(_ledger, msg.sender, amount);
    }

    /// @notice Pays `amount` token units of trading fees to `to`.
    function withdrawFees(address to, uint256 amount) external nonReentrant onlyRole(TREASURER_ROLE) {
        Settlement.withdrawFees(_ledger, to, amount);
    }

    // COLLATERAL

    /// @notice Deposits `amount` units of a token for the sender.
    function depositCollateral(uint256 collateralId, uint256 amount) external nonReentrant whenNotPaused {
        Collaterals.depositCollateral(_ledger, msg.sender, collateralId, amount);
    }

    /// @notice Withdraws `amount` units of a token to the sender.
    function withdrawCollateral(uint256 collateralId, uint256 amount) external nonReentrant whenNotPaused {
        Collaterals.withdrawCollateral(_ledger, msg.sender, collateralId, amount);
    }

    /// @notice Brings in `amountIn` units of one token and takes out `amountOut` of another, without lowering health.
    function swapCollateral(uint256 idIn, uint256 amountIn, uint256 idOut, uint256 amountOut)
        external
        nonReentrant
        whenNotPaused
    {
        Collaterals.swapCollateral(_ledger, msg.sender, idIn, amountIn, idOut, amountOut);
    }

    /// @notice The sender buys `amount` units of a debtor's token at a discount, with cash.
    function buyCollateral(address account, uint256 collateralId, uint256 amount)
        external
        nonReentrant
        whenNotPaused
    {
        Collaterals.buyCollateral(_ledger, Purchase(account, msg.sender, collateralId, amount));
    }

    /// @notice Says in which order an account's tokens of one rank are to be sold, by their ids, while none is for sale; those
    /// that are not named come last.
    function setSeizureOrder(address account, uint8[] calldata order) external nonReentrant whenNotPaused {
        SeizureOrder.setSeizureOrder(_ledger, msg.sender, account, order);
    }

    /// @notice Covers what an account owes that has nothing left.
    function coverDebt(address account) external nonReentrant whenNotPaused {
        Collaterals.coverDebt(_ledger, account);
    }

    // ACCOUNTS

    /// @notice Moves `amount` token units of cash between two accounts of the sender.
    function transfer(address source, address to, uint256 amount) external nonReentrant whenNotPaused {
        Accounts.transfer(_ledger, msg.sender, source, to, amount);
    }

    /// @notice Moves `amount` units of a token between two accounts of the sender.
    function transferCollateral(address source, address to, uint256 collateralId, uint256 amount)
        external
        nonReentrant
        whenNotPaused
    {
        Accounts.transferCollateral(_ledger, msg.sender, source, to, collateralId, amount);
    }

    /// @notice Ties an account without positions and orders to one market, or frees it.
    function setIsolated(address account, uint256 marketId, bool isolated) external nonReentrant whenNotPaused {
        Accounts.setIsolated(_ledger, msg.sender, account, marketId, isolated);
    }

    /// @notice Lets a trader act for an account of the sender, or no longer.
    function setTrader(address account, address trader, bool allowed) external nonReentrant whenNotPaused {
        Accounts.setTrader(_ledger, msg.sender, account, trader, allowed);
    }

    // PLANS

    /// @notice Replaces what the sender decides in advance for an account of its own in distress.
    function setPlan(address account, Plan calldata plan) external nonReentrant whenNotPaused {
        Plans.setPlan(_ledger, msg.sender, account, plan);
    }

    /// @notice The sender takes over, at the mark, at most `maxSize` (WAD) of a position of an account below its stop ratio,
    /// for no less than `minFee` (wei).
    function reduce(address account, uint256 marketId, uint256 maxSize, uint256 minFee)
        external
        nonReentrant
        whenNotPaused
    {
        Reductions.reduce(_ledger, msg.sender, account, marketId, maxSize, minFee);
    }

    /// @notice Moves cash to an account in distress from the one that its owner named.
    function topUp(address account) external nonReentrant whenNotPaused {
        Plans.topUp(_ledger, account);
    }

    // TRADING AND SETTLEMENT

    /// @notice Settles a trade of `size` (WAD) at `price` (WAD); the buyer pays the maker's fee, or else the seller does.
    function settleTrade(
        address buyer,
        address seller,
        uint256 marketId,
        uint256 size,
        uint256 price,
        bool buyerIsMaker
    ) external nonReentrant onlyRole(MATCHER_ROLE) whenNotPaused {
        Trading.settleTrade(_ledger, Trade(buyer, seller, marketId, size, price, buyerIsMaker));
    }

    /// @notice Says what an account has resting in a market: sizes WAD, and the sums of size x limit price, wei.
    function setOrders(
        address account,
        uint256 marketId,
        uint256 bidSize,
        uint256 bidNotional,
        uint256 askSize,
        uint256 askNotional
    ) external nonReentrant onlyRole(MATCHER_ROLE) whenNotPaused {
        Orders.setOrders(_ledger, OrderReport(account, marketId, bidSize, bidNotional, askSize, askNotional));
    }

    /// @notice Settles a trade of `amount` units of a token at `price` (WAD for a whole token); the buyer pays the maker's
    /// fee, or else the seller does.
    function settleSpotTrade(
        address buyer,
        address seller,
        uint256 collateralId,
        uint256 amount,
        uint256 price,
        bool buyerIsMaker
    ) external nonReentrant onlyRole(MATCHER_ROLE) whenNotPaused {
        Spot.settleSpotTrade(_ledger, SpotTrade(buyer, seller, collateralId, amount, price, buyerIsMaker));
    }

    /// @notice Turns the account's profit and loss into cash.
    function settle(address account) external nonReentrant whenNotPaused {
        Settlement.settle(_ledger, account);
    }

    /// @notice Turns the profit and loss of several accounts into cash.
    function settleBatch(address[] calldata accounts) external nonReentrant whenNotPaused {
        Settlement.settleBatch(_ledger, accounts);
    }

    /// @notice Brings a market's funding up to this block.
    function accrueFunding(uint256 marketId) external nonReentrant whenNotPaused {
        Settlement.accrueFunding(_ledger, marketId);
    }

    /// @notice Reports what an impact order would be paid and asked, WAD, by the depth of the matcher's book.
    function reportImpact(uint256 marketId, uint256 impactBid, uint256 impactAsk)
        external
        nonReentrant
        onlyRole(MATCHER_ROLE)
        whenNotPaused
    {
        Mark.reportImpact(_ledger, marketId, impactBid, impactAsk);
    }

    /// @notice Brings the account's margin warning up to date.
    function checkMargin(address account) external nonReentrant whenNotPaused {
        MarginCalls.checkMargin(_ledger, account);
    }

    // LIQUIDATION

    /// @notice The sender takes over a liquidatable position at the mark, at most `maxSize` (WAD) of it.
    function liquidate(address account, uint256 marketId, uint256 maxSize) external nonReentrant whenNotPaused {
        Liquidation.liquidate(_ledger, msg.sender, account, marketId, maxSize);
    }

    /// @notice Settles the matcher's fill of `size` (WAD) of a liquidatable position, against `counterparty` at `price`
    /// (WAD).
    function liquidateToMarket(address account, uint256 marketId, uint256 size, uint256 price, address counterparty)
        external
        nonReentrant
        onlyRole(MATCHER_ROLE)
        whenNotPaused
    {
        MarketRoute.liquidateToMarket(_ledger, Fill(account, marketId, size, price, counterparty));
    }

    /// @notice Begins the auction of a large account that is liquidatable.
    function beginAuction(address account) external nonReentrant whenNotPaused {
        Auctions.beginAuction(_ledger, account);
    }

    /// @notice Ends the auction of an account that is not liquidatable any more, or one that is void.
    function endAuction(address account) external nonReentrant whenNotPaused {
        Auctions.endAuction(_ledger, account);
    }

    /// @notice Closes a liquidatable position at the mark against a holder of the opposite side.
    function forceClose(address account, uint256 marketId, address counterparty) external nonReentrant whenNotPaused {
        ForcedClose.forceClose(_ledger, msg.sender, account, marketId, counterparty);
    }

    // THE END OF A MARKET

    /// @notice Closes an account's position in a delisted market at the final price; a loss is paid, a profit becomes a claim.
    function settleFinal(address account, uint256 marketId) external nonReentrant whenNotPaused {
        MarketLife.settleFinal(_ledger, account, marketId);
    }

    /// @notice Decides what the claims on a delisted market are paid, once nobody holds a position in it.
    function closeMarket(uint256 marketId) external nonReentrant whenNotPaused {
        MarketLife.closeMarket(_ledger, marketId);
    }

    /// @notice Pays an account's claim on a closed market.
    function claimFinal(address account, uint256 marketId) external nonReentrant whenNotPaused {
        MarketLife.claimFinal(_ledger, account, marketId);
    }

    /// @notice The backstop vault takes over a position of an account that is far below maintenance; the sender earns the
    /// keeper's reward.
    function liquidateToBackstop(address account, uint256 marketId, uint256 maxSize)
        external
        nonReentrant
        whenNotPaused
    {
        Takeovers.liquidateToBackstop(_ledger, msg.sender, account, marketId, maxSize);
    }

    /// @notice The insurance fund takes over a position of an account that is even further below; the sender earns the
    /// keeper's reward.
    function liquidateToFund(address account, uint256 marketId, uint256 maxSize) external nonReentrant whenNotPaused {
        Takeovers.liquidateToFund(_ledger, msg.sender, account, marketId, maxSize);
    }

    /// @notice Gives what is left of the fund's account back to the fund, where it holds no position.
    function releaseFund() external nonReentrant whenNotPaused {
        Takeovers.releaseFund(_ledger);
    }

    // BACKSTOP

    /// @notice Moves `amount` token units of the sender's cash to the backstop vault, for shares of it.
    function depositBackstop(uint256 amount) external nonReentrant whenNotPaused {
        Backstop.depositBackstop(_ledger, msg.sender, amount);
    }

    /// @notice Asks to withdraw that many of the sender's shares; replaces what it asked for before.
    function requestBackstopWithdrawal(uint256 shares) external nonReentrant whenNotPaused {
        Backstop.requestBackstopWithdrawal(_ledger, msg.sender, shares);
    }

    /// @notice Burns the shares that the sender asked to withdraw, for their part of the vault's equity.
    function withdrawBackstop() external nonReentrant whenNotPaused {
        Backstop.withdrawBackstop(_ledger, msg.sender);
    }

    /// @notice Says that an account is bankrupt; its deleveraging may begin a minimum time later.
    function flag(address account) external nonReentrant whenNotPaused {
        Deleveraging.flag(_ledger, account);
    }

    /// @notice Takes the flag off an account that is not bankrupt any more.
    function unflag(address account) external nonReentrant whenNotPaused {
        Deleveraging.unflag(_ledger, account);
    }

    /// @notice Enters a holder with a profit into the candidates for deleveraging on its side of a market.
    function nominate(uint256 marketId, address account) external nonReentrant whenNotPaused {
        Deleveraging.nominate(_ledger, marketId, account);
    }

    /// @notice Closes a bankrupt account's position against at most `maxCandidates` candidates, at its bankruptcy price.
    function autoDeleverage(address account, uint256 marketId, uint256 maxCandidates)
        external
        nonReentrant
        whenNotPaused
    {
        Deleveraging.autoDeleverage(_ledger, msg.sender, account, marketId, maxCandidates);
    }

    // FIGURES

    /// @notice All of an account's figures, at the marks that trades go by.
    function accountFigures(address account) external view returns (AccountFigures memory) {
        return Figures.accountFigures(_ledger, account);
    }

    /// @notice Equity, wei, rounded down.
    function equity(address account) external view returns (int256) {
        return Views.equity(_ledger, account);
    }

    /// @notice Initial margin, wei, rounded up.
    function initialMargin(address account) external view returns (uint256) {
        return Views.initialMargin(_ledger, account);
    }

    /// @notice Maintenance margin and the liquidation fee beside it, wei, rounded up.
    function maintenanceMargin(address account) external view returns (uint256 maintenance, uint256 fee) {
        return Views.maintenanceMargin(_ledger, account);
    }

    /// @notice Equity / (maintenance margin + fee), WAD, rounded down.
    function healthFactor(address account) external view returns (int256) {
        return Views.healthFactor(_ledger, account);
    }

    /// @notice Equity less initial margin, wei, rounded down.
    function freeCollateral(address account) external view returns (int256) {
        return Views.freeCollateral(_ledger, account);
    }

    /// @notice What can be withdrawn now, token units, rounded down.
    function withdrawable(address account) external view returns (uint256) {
        return Views.withdrawable(_ledger, account);
    }

    /// @notice Whether the account is below maintenance.
    function isLiquidatable(address account) external view returns (bool) {
        return Views.isLiquidatable(_ledger, account);
    }

    /// @notice Whether the account would be below maintenance with the market's mark at `price`.
    function isLiquidatableAt(address account, uint256 marketId, uint256 price) external view returns (bool) {
        return Views.isLiquidatableAt(_ledger, account, marketId, price);
    }

    /// @notice The mark, nearest to safety, at which the account is liquidatable.
    function liquidationPrice(address account, uint256 marketId) external view returns (bool exists, uint256 price) {
        return Views.liquidationPrice(_ledger, account, marketId);
    }

    /// @notice The worst mark at which the account's equity is not negative.
    function bankruptcyPrice(address account, uint256 marketId) external view returns (bool exists, uint256 price) {
        return Views.bankruptcyPrice(_ledger, account, marketId);
    }

    /// @notice How much of the position a liquidation would take now, WAD.
    function liquidationSize(address account, uint256 marketId) external view returns (uint256) {
        return Views.liquidationSize(_ledger, account, marketId);
    }

    /// @notice The market in which a liquidatable account is taken over first, where the order is on.
    function liquidationMarket(address account) external view returns (bool exists, uint256 marketId) {
        return LiquidationLimits.liquidationMarket(_ledger, account);
    }

    /// @notice The token with which a seizure of the account's tokens begins; none where it holds none that has a price and
    /// is worth enough.
    function seizureFirst(address account) external view returns (bool exists, uint256 collateralId) {
        return SeizureOrder.seizureFirst(_ledger, account);
    }

    /// @notice The route that is next for a liquidatable account's position.
    function liquidationRoute(address account, uint256 marketId) external view returns (Route) {
        return Views.liquidationRoute(_ledger, account, marketId);
    }

    /// @notice A market's mark, WAD.
    function markPrice(uint256 marketId) external view returns (uint256) {
        return Views.markPrice(_ledger, marketId);
    }

    /// @notice What negative cash costs now, WAD per second, rounded up.
    function interestRate() external view returns (uint256) {
        return Views.interestRate(_ledger);
    }

    /// @notice A market's index, WAD.
    function indexPrice(uint256 marketId) external view returns (uint256) {
        return Views.indexPrice(_ledger, marketId);
    }

    /// @notice What the account traded in its thirty days, wei.
    function volumeOf(address account) external view returns (uint256) {
        return Fees.volumeOf(_ledger, account);
    }

    /// @notice Maker and taker rate of the account's next trade in a market, WAD, rounded up.
    function feeRates(address account, uint256 marketId) external view returns (uint256 maker, uint256 taker) {
        return Fees.feeRates(_ledger, account, marketId);
    }
}
