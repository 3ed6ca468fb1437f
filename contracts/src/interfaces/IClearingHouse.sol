// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Route} from "../Records.sol";

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
    /// @notice What an account has resting in a market's order book changed: sizes WAD, notionals wei.
    event OrdersChanged(
        address indexed account,
        uint256 indexed marketId,
        uint256 bidSize,
        uint256 bidNotional,
        uint256 askSize,
        uint256 askNotional
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
    /// @notice The mark's premium changed, and with it the funding rate.
    event FundingRateChanged(uint256 indexed marketId, int256 premium, int256 fundingRate);
    /// @notice Trades of an earlier timestamp were folded into the basis; WAD of the index.
    event BasisChanged(uint256 indexed marketId, int256 basis);
    /// @notice An impact price was reported; it counts from the next timestamp on.
    event ImpactReported(uint256 indexed marketId, uint256 impactPrice);
    /// @notice Funding is charged on this index price from here on.
    event FundingPriceChanged(uint256 indexed marketId, uint256 fundingPrice);
    /// @notice `size` of a liquidatable account's position went to `taker` at the mark, by which route; fee, reward and
    /// deficit in wei.
    event Liquidated(
        address indexed account,
        uint256 indexed marketId,
        address indexed taker,
        uint256 size,
        uint256 mark,
        uint256 fee,
        uint256 reward,
        uint256 deficit,
        Route route
    );
    /// @notice A bankrupt account's deficit was covered: by the fund, by the opposite side, by nobody yet; wei.
    event DeficitCovered(
        address indexed account, uint256 indexed marketId, uint256 fromFund, uint256 socialised, uint256 unresolved
    );
    /// @notice The account is known to be bankrupt from here on.
    event AccountFlagged(address indexed account);
    /// @notice The account is not bankrupt any more.
    event AccountUnflagged(address indexed account);
    /// @notice The account is a candidate for deleveraging on its side of the market, in the place of `replaced` (zero: of
    /// nobody).
    event Nominated(address indexed account, uint256 indexed marketId, address replaced);
    /// @notice `size` of a bankrupt account's position went to `candidate`, which paid so much for it: a numerator, negative
    /// where it received.
    event Deleveraged(
        address indexed account, uint256 indexed marketId, address indexed candidate, uint256 size, int256 paid
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
    /// @notice The tiers of the trading fees changed.
    event FeeTiersChanged();
    /// @notice A market was paused or resumed.
    event MarketPauseChanged(uint256 indexed marketId, bool paused);
    /// @notice From here on trades may only reduce positions in a market, or no longer only that.
    event ReduceOnlyChanged(uint256 indexed marketId, bool reduceOnly);
    /// @notice The market's final price (WAD) was fixed; its pause and its funding have ended.
    event MarketDelisted(uint256 indexed marketId, uint256 price);
    /// @notice A position was closed at the final price, or what it owes was asked for again; a numerator, positive: a claim.
    event FinalSettled(address indexed account, uint256 indexed marketId, int256 quote);
    /// @notice It was decided which share (WAD) of the claims (a numerator) is paid: what the fund gave, and what became bad
    /// debt, because more had been paid out than losses brought; wei.
    event MarketClosed(
        uint256 indexed marketId, uint256 ratio, uint256 claims, uint256 fromFund, uint256 unresolved
    );
    /// @notice A claim (a numerator) on a closed market was paid; wei.
    event ClaimPaid(address indexed account, uint256 indexed marketId, uint256 claim, uint256 amount);
    /// @notice The system was paused or resumed.
    event PauseChanged(bool paused);
    /// @notice What a market's requirements grow by, or its caps, changed.
    event MarketRiskChanged(uint256 indexed marketId);
    /// @notice The offset floor or the margin warnings changed.
    event SystemRiskChanged();
    /// @notice The order of liquidations, or the limits of large accounts, changed.
    event LiquidationParametersChanged();
    /// @notice The offset between two markets changed; WAD, 0 is none.
    event OffsetChanged(uint256 indexed first, uint256 indexed second, uint256 rate);
    /// @notice The account's margin warning rose or fell to `level`: 0 none, 2 the last; health factor WAD.
    event MarginWarning(address indexed account, uint256 level, int256 healthFactor);

    /// @notice Interest on negative cash advanced to this block: indices in numerators per wei, the fund's part in wei.
    event InterestAccrued(uint256 debtIndex, uint256 creditIndex, uint256 fundIncome);
    /// @notice Interest was booked to the account's cash; wei, positive: received.
    event InterestBooked(address indexed account, int256 interest);
    /// @notice A token was admitted as collateral.
    event CollateralAdded(uint256 indexed collateralId, address indexed token);
    /// @notice A token's parameters changed.
    event CollateralParametersChanged(uint256 indexed collateralId);
    /// @notice What negative cash costs, or how far it may go, changed.
    event CreditParametersChanged();
    /// @notice `amount` units of a token came in for `account`.
    event CollateralDeposited(address indexed account, uint256 indexed collateralId, uint256 amount);
    /// @notice `amount` units of a token went out to `account`.
    event CollateralWithdrawn(address indexed account, uint256 indexed collateralId, uint256 amount);
    /// @notice `amountIn` units of one token came in, `amountOut` of another went out.
    event CollateralSwapped(
        address indexed account, uint256 indexed idIn, uint256 amountIn, uint256 indexed idOut, uint256 amountOut
    );
    /// @notice `buyer` bought `amount` units of a debtor's token for `paid` (wei).
    event CollateralBought(
        address indexed account,
        address indexed buyer,
        uint256 indexed collateralId,
        uint256 amount,
        uint256 paid
    );
    /// @notice From here on a debtor's tokens of a lower rank are sold before this one.
    event SeizureRankChanged(uint256 indexed collateralId, uint256 rank);
    /// @notice The owner wants the account's tokens of one rank sold in another order: one more than the place of token `i`
    /// in byte `i`, 0 for the tokens that it does not name, which come last.
    event SeizureOrderChanged(address indexed account, uint256 places);
    /// @notice `amount` units of a token went from seller to buyer at `price` (WAD for a whole token); what the buyer paid and
    /// the seller received, and fees, in wei.
    event SpotTradeSettled(
        uint256 indexed collateralId,
        address indexed buyer,
        address indexed seller,
        uint256 amount,
        uint256 price,
        uint256 paid,
        uint256 received,
        uint256 buyerFee,
        uint256 sellerFee
    );
    /// @notice What an account owed that has nothing left was covered: by the fund, by nobody yet; wei.
    event DebtCovered(address indexed account, uint256 fromFund, uint256 unresolved);

    /// @notice `amount` token units of cash moved between two accounts of one owner.
    event Transferred(address indexed from, address indexed to, uint256 amount);
    /// @notice `amount` units of a token moved between two accounts of one owner.
    event CollateralTransferred(
        address indexed from, address indexed to, uint256 indexed collateralId, uint256 amount
    );
    /// @notice An account was tied to a market, or freed.
    event IsolationChanged(address indexed account, uint256 indexed marketId, bool isolated);
    /// @notice A trader may act for an account, or no longer.
    event TraderChanged(address indexed account, address indexed trader, bool allowed);

    /// @notice What the account's owner decided in advance changed.
    event PlanChanged(address indexed account);
    /// @notice `size` of the position of an account below its stop ratio went to `taker` at the mark; fee in wei.
    event Reduced(
        address indexed account,
        uint256 indexed marketId,
        address indexed taker,
        uint256 size,
        uint256 mark,
        uint256 fee
    );
    /// @notice `amount` token units of cash went to an account in distress from the one that its owner named.
    event ToppedUp(address indexed account, address indexed source, uint256 amount);

    /// @notice How a market's variance is measured, or what it leads to, changed.
    event VolatilityParametersChanged(uint256 indexed marketId);
    /// @notice A return of the index was taken into a market's variance; a square of WAD.
    event VarianceObserved(uint256 indexed marketId, uint256 variance);
    /// @notice A market's variance led to another regime.
    event RegimeChanged(uint256 indexed marketId, uint256 regime, uint256 variance);

    /// @notice A market's terms changed and ramp until then.
    event RampStarted(uint256 indexed marketId, uint256 until);
    /// @notice Offsets or their floor changed and ramp until then.
    event OffsetRampStarted(uint256 until);

    /// @notice The parameters of the backstop vault and of the insurance fund's takeovers changed.
    event BackstopParametersChanged();
    /// @notice The largest notional that the backstop vault may hold in a market changed; wei.
    event BackstopCapacityChanged(uint256 indexed marketId, uint256 notional);
    /// @notice `amount` token units went from the account's cash to the backstop vault, for so many shares of it.
    event BackstopDeposited(address indexed account, uint256 amount, uint256 shares);
    /// @notice The account may withdraw so many shares from then on; 0 withdraws a request.
    event BackstopWithdrawalRequested(address indexed account, uint256 shares, uint256 availableAt);
    /// @notice Shares of the backstop vault were burnt for `amount` token units of the account's cash.
    event BackstopWithdrawn(address indexed account, uint256 shares, uint256 amount);
    /// @notice The backstop vault began anew: shares of before are worth nothing.
    event BackstopRestarted(uint256 epoch);
    /// @notice The backstop vault got its share of a liquidation fee; wei.
    event BackstopCredited(uint256 amount);
    /// @notice The insurance fund gave `amount` as margin for what it takes over, `capital` in all; wei.
    event FundEndowed(uint256 amount, uint256 capital);
    /// @notice What was left of that came back; wei.
    event FundReleased(uint256 amount);

    /// @notice For which accounts keepers need an auction, or what it gives them, changed: all auctions are void.
    event AuctionParametersChanged();
    /// @notice The account's auction began.
    event AuctionBegun(address indexed account);
    /// @notice The account's auction ended.
    event AuctionEnded(address indexed account);
    /// @notice A fill by the market route may be so much worse than the mark, WAD.
    event MarketLimitChanged(uint256 rate);
    /// @notice The matcher's fill of a liquidatable account's position: size and price WAD; what the price cost the account
    /// beside the mark, and the counterparty's trading fee, wei.
    event MarketFilled(
        address indexed account,
        uint256 indexed marketId,
        address indexed counterparty,
        uint256 size,
        uint256 price,
        uint256 cost,
        uint256 fee
    );

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
    /// @notice In the market positions may only be reduced and orders only be cancelled.
    error MarketIsReduceOnly(uint256 marketId);
    /// @notice The market's final price is fixed.
    error MarketIsDelisted(uint256 marketId);
    /// @notice The market has no final price, or is closed already.
    error MarketIsNotDelisted(uint256 marketId);
    /// @notice It is not decided yet what the market's claims are paid.
    error MarketIsNotClosed(uint256 marketId);
    /// @notice The market is neither paused nor reduce-only.
    error MarketIsOpen(uint256 marketId);
    /// @notice Positions in the market are still open: the sum of their sizes, WAD.
    error OpenInterestLeft(uint256 marketId, uint256 openInterest);
    /// @notice The account has no claim on the market.
    error NoClaim(address account, uint256 marketId);
    /// @notice Whether trades may only reduce already is as asked for.
    error ReduceOnlyUnchanged();
    /// @notice The pause already is as asked for.
    error PauseUnchanged();
    /// @notice Buyer and seller, liquidator and account, or account and counterparty are one.
    error SameAccount(address account);
    /// @notice Size is zero, too large, or not a multiple of the market's step.
    error InvalidSize(uint256 size);
    /// @notice Price is zero, too large, or not a multiple of the market's tick.
    error InvalidPrice(uint256 price);
    /// @notice Not a sum of limit prices on the tick times sizes on the step, for that size; wei.
    error InvalidNotional(uint256 notional);
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
    /// @notice Another of the account's positions is taken over first.
    error NotFirstMarket(address account, uint256 first);
    /// @notice What may be taken of the large account's position was taken; more may be after `until`.
    error CoolingDown(address account, uint256 marketId, uint256 until);
    /// @notice Keepers take the large account over only within an auction; or there is none that could end.
    error NoAuction(address account);
    /// @notice The account's auction stands.
    error AuctionStands(address account);
    /// @notice Keepers need no auction: the account is not large, or too deep below its requirement.
    error AuctionNotNeeded(address account);
    /// @notice The price is worse than the mark by more than the limit, or than the account's equity covers.
    error PriceBeyondLimit(uint256 price, uint256 mark);
    /// @notice The account has no open position in the market.
    error NoPosition(address account, uint256 marketId);
    /// @notice The counterparty holds nothing on the opposite side.
    error NotOpposite(address counterparty, uint256 marketId);
    /// @notice The sender neither owns the account nor may act for it.
    error NotAuthorised(address account, address sender);
    /// @notice The account still has a position, a quote or an order.
    error AccountNotEmpty(address account);
    /// @notice The account is tied to another market.
    error IsolatedAccount(address account, uint256 marketId);
    /// @notice More accounts than are settled in one call.
    error TooManyAccounts(uint256 count);
    /// @notice The market's terms are still on their way.
    error RampInProgress(uint256 marketId, uint256 until);
    /// @notice Offsets are still on their way.
    error OffsetRampInProgress(uint256 until);
    /// @notice There is no such collateral token.
    error UnknownCollateral(uint256 collateralId);
    /// @notice The account would hold more collateral tokens than it may.
    error TooManyCollaterals(address account);
    /// @notice Amount is zero or more than the account holds; token units.
    error InsufficientCollateral(address account, uint256 amount, uint256 held);
    /// @notice All accounts together would hold more of the token than its cap; token units.
    error CollateralCapExceeded(uint256 amount, uint256 total, uint256 cap);
    /// @notice All tokens together would be worth more than the cap on them; wei.
    error TotalCapExceeded(uint256 worth);
    /// @notice The token kept a part of what was moved; token units.
    error TransferFeeRefused(uint256 collateralId, uint256 amount, uint256 received);
    /// @notice What comes in counts less than what goes out.
    error HealthLowered(address account);
    /// @notice The account is above maintenance and within the debt limit, or owes nothing.
    error NotConvertible(address account);
    /// @notice Another of the account's tokens is sold first.
    error NotFirstToken(address account, uint256 first);
    /// @notice The account's tokens are for sale, so that their order stands.
    error TokensForSale(address account);
    /// @notice The account owes nothing, or still has positions or tokens.
    error NoDeficit(address account);
    /// @notice The account is flagged already, or still bankrupt.
    error FlagStands(address account);
    /// @notice The account is not flagged.
    error NotFlagged(address account);
    /// @notice The account has no open position, or equity that is not negative.
    error NotBankrupt(address account);
    /// @notice Deleveraging may begin at that time.
    error DeleveragingTooEarly(address account, uint256 from);
    /// @notice The account is a candidate already.
    error AlreadyNominated(address account, uint256 marketId);
    /// @notice The account has no position with a profit there, or comes after all candidates of a full list.
    error NotCandidate(address account, uint256 marketId);
    /// @notice No candidate can take anything of the account's position.
    error NoCandidate(address account, uint256 marketId);
    /// @notice A parameter is out of its documented bounds.
    error InvalidParameter(bytes32 parameter);
    /// @notice The trade would take the market's open interest beyond its cap.
    error OpenInterestTooLarge(uint256 marketId);
    /// @notice The account is the system's: it reduces its positions and does nothing else.
    error SystemAccount(address account);
    /// @notice Equity is not below the ratio at which the system takes over.
    error AboveTakeoverRatio(address account);
    /// @notice The backstop vault would hold more of the market than it may.
    error BackstopCapacity(uint256 marketId);
    /// @notice The insurance fund may not give the margin for what it would take over.
    error FundCapacity(uint256 marketId);
    /// @notice The backstop vault has shares and nothing that they are worth; wei, rounded down.
    error BackstopInsolvent(int256 equity);
    /// @notice More shares than the account holds.
    error InsufficientShares(address account, uint256 shares, uint256 held);
    /// @notice The account has not asked to withdraw.
    error NoWithdrawalRequest(address account);
    /// @notice What was asked for may be withdrawn later.
    error WithdrawalPending(address account, uint256 availableAt);
    /// @notice The account is not between its stop ratio and maintenance, or the reduction would not help it, or bring less.
    error NotReducible(address account);
    /// @notice The account has no top-up, or needs none, or none that could be made would suffice.
    error NoTopUp(address account);
    /// @notice There is a top-up to make by the owner's plan; anyone may bring it.
    error TopUpFirst(address account);
    /// @notice Below maintenance the account's plan stands.
    error PlanStands(address account);
}
