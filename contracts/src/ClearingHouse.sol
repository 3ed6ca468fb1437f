// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Liquidation} from "./Liquidation.sol";
import {Margin} from "./Margin.sol";
import {Markets} from "./Markets.sol";
import {Settlement} from "./Settlement.sol";
import {Trade, Trading} from "./Trading.sol";
import {Views} from "./Views.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IOracleHub, Purpose} from "./interfaces/IOracleHub.sol";
import {
    AccountRecord,
    Ledger,
    MarginTier,
    MarketParameters,
    MarketRecord,
    Position,
    SystemParameters,
    SystemRecord,
    Tier
} from "./Records.sol";

/// @title The clearing house: one settlement asset, several perpetual markets, cross margin.
/// @notice Traders trade with each other, so open interest is balanced and profit and loss sum to zero; this contract
/// keeps all storage and settles. The rules stand in the linked libraries.
contract ClearingHouse is AccessControl, ReentrancyGuardTransient, IClearingHouse {
    /// @notice Who may bring trades.
    bytes32 public constant MATCHER_ROLE = keccak256("MATCHER_ROLE");
    /// @notice Who may open markets and change parameters.
    bytes32 public constant PARAMETER_ROLE = keccak256("PARAMETER_ROLE");
    /// @notice Who may pause and resume.
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");
    /// @notice Who may withdraw trading fees.
    bytes32 public constant TREASURER_ROLE = keccak256("TREASURER_ROLE");

    Ledger private _ledger;

    modifier whenNotPaused() {
        if (_ledger.record.paused) revert SystemIsPaused();
        _;
    }

    /// @param admin Receives every role but the matcher's.
    /// @param matcher May bring trades.
    constructor(IERC20 token, IOracleHub hub, address admin, address matcher, SystemParameters memory parameters) {
        _ledger.token = token;
        _ledger.hub = hub;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(PARAMETER_ROLE, admin);
        _grantRole(PAUSER_ROLE, admin);
        _grantRole(TREASURER_ROLE, admin);
        _grantRole(MATCHER_ROLE, matcher);
        Markets.setSystemParameters(_ledger, parameters);
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

    // TRADING AND SETTLEMENT

    /// @notice Settles a trade of `size` (WAD) at `price` (WAD).
    function settleTrade(address buyer, address seller, uint256 marketId, uint256 size, uint256 price)
        external
        nonReentrant
        onlyRole(MATCHER_ROLE)
        whenNotPaused
    {
        Trading.settleTrade(_ledger, Trade(buyer, seller, marketId, size, price));
    }

    /// @notice Turns the account's profit and loss into cash.
    function settle(address account) external nonReentrant whenNotPaused {
        Settlement.settle(_ledger, account);
    }

    /// @notice Brings a market's funding up to this block.
    function accrueFunding(uint256 marketId) external nonReentrant whenNotPaused {
        Settlement.accrueFunding(_ledger, marketId);
    }

    // LIQUIDATION

    /// @notice The sender takes over a liquidatable position at the mark, at most `maxSize` (WAD) of it.
    function liquidate(address account, uint256 marketId, uint256 maxSize) external nonReentrant whenNotPaused {
        Liquidation.liquidate(_ledger, msg.sender, account, marketId, maxSize);
    }

    /// @notice Closes a liquidatable position at the mark against a holder of the opposite side.
    function forceClose(address account, uint256 marketId, address counterparty) external nonReentrant whenNotPaused {
        Liquidation.forceClose(_ledger, msg.sender, account, marketId, counterparty);
    }

    // ADMINISTRATION

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

    /// @notice Changes the system's parameters.
    function setSystemParameters(SystemParameters calldata parameters) external onlyRole(PARAMETER_ROLE) {
        Markets.setSystemParameters(_ledger, parameters);
    }

    /// @notice Pauses or resumes a market.
    function setMarketPaused(uint256 marketId, bool paused) external onlyRole(PAUSER_ROLE) {
        Markets.setMarketPaused(_ledger, marketId, paused);
    }

    /// @notice Pauses or resumes everything.
    function setPaused(bool paused) external onlyRole(PAUSER_ROLE) {
        Markets.setPaused(_ledger, paused);
    }

    // FIGURES

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
    function marginRatio(address account) external view returns (int256) {
        return Views.marginRatio(_ledger, account);
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

    /// @notice How much of the position a liquidation would take now, WAD.
    function liquidationSize(address account, uint256 marketId) external view returns (uint256) {
        return Views.liquidationSize(_ledger, account, marketId);
    }

    /// @notice A market's mark, WAD.
    function markPrice(uint256 marketId) external view returns (uint256) {
        Markets.existing(_ledger, marketId);
        return Margin.markOf(_ledger, Margin.newMarks(_ledger, Purpose.Trade), marketId);
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

    /// @notice The stored record of a market.
    function marketRecord(uint256 marketId) external view returns (MarketRecord memory) {
        return _ledger.markets[marketId].record;
    }

    /// @notice The parameters of a market, its tiers with their deductions.
    function marketParameters(uint256 marketId) external view returns (MarketParameters memory, MarginTier[] memory) {
        return (_ledger.markets[marketId].parameters, _ledger.markets[marketId].tiers);
    }

    /// @notice The stored record of the system.
    function systemRecord() external view returns (SystemRecord memory) {
        return _ledger.record;
    }

    /// @notice The parameters of the system.
    function systemParameters() external view returns (SystemParameters memory) {
        return _ledger.parameters;
    }

    /// @notice How many markets there are.
    function marketCount() external view returns (uint256) {
        return _ledger.marketCount;
    }
}
