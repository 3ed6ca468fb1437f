// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Events and errors of the clearing house and its rule libraries.
interface IClearingHouse {
    // EVENTS

    /// @notice `amount` token units came in for `account`.
    event Deposited(address indexed account, uint256 amount);
    /// @notice `amount` token units went out to `account`.
    event Withdrawn(address indexed account, uint256 amount);
    /// @notice A trade was settled; fees in wei.
    event TradeSettled(
        uint256 indexed marketId,
        address indexed buyer,
        address indexed seller,
        uint256 size,
        uint256 price,
        uint256 buyerFee,
        uint256 sellerFee
    );
    /// @notice A position's size or quote changed by a trade, a takeover or a forced close.
    event PositionChanged(address indexed account, uint256 indexed marketId, int256 size, int256 quote);
    /// @notice Accrued funding and socialised loss were booked to a position's quote; numerators.
    event FundingBooked(address indexed account, uint256 indexed marketId, int256 funding, uint256 loss);
    /// @notice Profit or loss moved between a position and the account's cash; wei, positive: to the account.
    event ProfitSettled(address indexed account, uint256 indexed marketId, int256 amount);
    /// @notice The liquidation reserve of the account was locked, released or used; wei.
    event ReserveChanged(address indexed account, uint256 reserve);
    /// @notice The market's funding index advanced to this block.
    event FundingAccrued(uint256 indexed marketId, int256 fundingIndex, uint256 fundingPrice);
    /// @notice A trade moved the premium and with it the funding rate.
    event FundingRateChanged(uint256 indexed marketId, int256 premium, int256 fundingRate);
    /// @notice Funding is charged on this index price from here on.
    event FundingPriceChanged(uint256 indexed marketId, uint256 fundingPrice);
    /// @notice `size` of a liquidatable account's position went to `taker` at the mark; fee, reward and deficit in wei.
    event Liquidated(
        address indexed account,
        uint256 indexed marketId,
        address indexed taker,
        uint256 size,
        uint256 mark,
        uint256 fee,
        uint256 reward,
        uint256 deficit,
        bool forced
    );
    /// @notice A bankrupt account's deficit was covered: by the fund, by the opposite side, by nobody yet; wei.
    event DeficitCovered(
        address indexed account, uint256 indexed marketId, uint256 fromFund, uint256 socialised, uint256 unresolved
    );
    /// @notice Income of the insurance fund; `repaid` of it went to unresolved bad debt; wei.
    event InsuranceFundCredited(uint256 amount, uint256 repaid);
    /// @notice Whole wei of rounding left a market with no open interest.
    event DustSwept(uint256 indexed marketId, uint256 amount);
    /// @notice `amount` token units of trading fees went to `to`.
    event FeesWithdrawn(address indexed to, uint256 amount);
    /// @notice A market was opened.
    event MarketAdded(uint256 indexed marketId, bytes32 indexed priceId);
    /// @notice A market's parameters changed.
    event MarketParametersChanged(uint256 indexed marketId);
    /// @notice The system's parameters changed.
    event SystemParametersChanged();
    /// @notice A market was paused or resumed.
    event MarketPauseChanged(uint256 indexed marketId, bool paused);
    /// @notice The system was paused or resumed.
    event PauseChanged(bool paused);

    // ERRORS

    /// @notice Amount is zero or would take the vault beyond its bound.
    error AmountOutOfBounds(uint256 amount);
    /// @notice More than can be withdrawn; both in token units.
    error ExceedsWithdrawable(address account, uint256 amount, uint256 withdrawable);
    /// @notice Withdrawals wait until bad debt is resolved; wei.
    error WithdrawalsGated(uint256 unresolvedBadDebt);
    /// @notice The vault holds less than was asked for; token units.
    error InsufficientLiquidity(uint256 amount, uint256 vault);
    /// @notice More fees than were collected; token units.
    error ExceedsFees(uint256 amount, uint256 fees);
    /// @notice There is no such market.
    error UnknownMarket(uint256 marketId);
    /// @notice The market is paused.
    error MarketIsPaused(uint256 marketId);
    /// @notice The system is paused.
    error SystemIsPaused();
    /// @notice The pause already is as asked for.
    error PauseUnchanged();
    /// @notice Buyer and seller, liquidator and account, or account and counterparty are one.
    error SameAccount(address account);
    /// @notice Size is zero, too large, or not a multiple of the market's step.
    error InvalidSize(uint256 size);
    /// @notice Price is zero, too large, or not a multiple of the market's tick.
    error InvalidPrice(uint256 price);
    /// @notice Trade price too far from the index.
    error PriceOutsideBand(uint256 price, uint256 index);
    /// @notice The position would exceed the largest size.
    error PositionTooLarge(address account, uint256 marketId);
    /// @notice The account would hold more markets than it may.
    error TooManyMarkets(address account);
    /// @notice The account would end below initial margin; wei.
    error InsufficientMargin(address account, int256 equity, uint256 initialMargin);
    /// @notice The account's cash does not cover fee and reserve; wei.
    error InsufficientCash(address account, int256 cash);
    /// @notice The account is not below maintenance.
    error NotLiquidatable(address account);
    /// @notice The account has no open position in the market.
    error NoPosition(address account, uint256 marketId);
    /// @notice The counterparty holds nothing on the opposite side.
    error NotOpposite(address counterparty, uint256 marketId);
    /// @notice A parameter is out of its documented bounds.
    error InvalidParameter(bytes32 parameter);
}
