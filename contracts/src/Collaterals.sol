// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Cash} from "./Cash.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Holdings} from "./Holdings.sol";
import {Insurance} from "./Insurance.sol";
import {Liquidation} from "./Liquidation.sol";
import {Standing} from "./Instruments.sol";
import {Margin} from "./Margin.sol";
import {Markets} from "./Markets.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {SeizureOrder} from "./SeizureOrder.sol";
import {Settlement} from "./Settlement.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {
    AccountRecord,
    Collateral,
    CollateralParameters,
    CreditParameters,
    Ledger,
    MAX_COLLATERALS,
    MAX_INTEREST_RATE,
    MAX_NOTIONAL,
    MAX_RAMP,
    MAX_SIZE
} from "./Records.sol";

/// @notice A purchase of a debtor's tokens.
struct Purchase {
    address account;
    address buyer;
    uint256 collateralId;
    uint256 amount;
}

/// @title Tokens as collateral: opening, moving in and out, swapping, and buying them from debtors.
library Collaterals {
    using SafeERC20 for IERC20;

    /// @notice Admits a token.
    function addCollateral(Ledger storage ledger, CollateralParameters calldata parameters)
        external
        returns (uint256 collateralId)
    {
        // CHECKS
        collateralId = ledger.collateralCount;
        if (collateralId >= MAX_COLLATERALS) revert IClearingHouse.InvalidParameter("collateralCount");
        if (parameters.token == address(ledger.token)) revert IClearingHouse.InvalidParameter("token");
        for (uint256 i = 0; i < collateralId; ++i) {
            if (parameters.token == ledger.collaterals[i].parameters.token) {
                revert IClearingHouse.InvalidParameter("token");
            }
        }
        uint256 decimals = IERC20Metadata(parameters.token).decimals();
        if (decimals > 18) revert IClearingHouse.InvalidParameter("decimals");
        uint256 unit = 10 ** (18 - decimals);
        validateCollateral(ledger, parameters, unit);
        // EFFECTS
        ledger.collateralCount = uint32(collateralId + 1);
        Collateral storage collateral = ledger.collaterals[collateralId];
        collateral.parameters = parameters;
        collateral.record.unit = uint64(unit);
        // EVENTS
        emit IClearingHouse.CollateralAdded(collateralId, parameters.token);
    }

    /// @notice Changes a token's parameters. A lower maintenance weight comes into effect by a ramp that starts at the
    /// present one; everything else at once.
    function setCollateralParameters(
        Ledger storage ledger,
        uint256 collateralId,
        CollateralParameters calldata parameters
    ) external {
        // CHECKS
        Collateral storage collateral = Holdings.existing(ledger, collateralId);
        if (parameters.token != collateral.parameters.token) revert IClearingHouse.InvalidParameter("token");
        if (parameters.priceId != collateral.parameters.priceId) revert IClearingHouse.InvalidParameter("priceId");
        validateCollateral(ledger, parameters, collateral.record.unit);
        // EFFECTS
        uint256 weight = Holdings.maintenanceWeight(collateral);
        collateral.record.weightFrom = uint64(weight);
        collateral.record.rampStart = uint40(block.timestamp);
        collateral.record.rampEnd = uint40(block.timestamp + parameters.rampDuration);
        collateral.parameters = parameters;
        // EVENTS
        emit IClearingHouse.CollateralParametersChanged(collateralId);
    }

    /// @notice Changes what negative cash costs and how far it may go.
    function setCreditParameters(Ledger storage ledger, CreditParameters calldata parameters) external {
        // CHECKS
        if (parameters.baseRate > parameters.kinkRate) revert IClearingHouse.InvalidParameter("baseRate");
        if (parameters.kinkRate > parameters.maximumRate) revert IClearingHouse.InvalidParameter("kinkRate");
        if (parameters.maximumRate > MAX_INTEREST_RATE) revert IClearingHouse.InvalidParameter("maximumRate");
        if (parameters.kink == 0 || parameters.kink >= FixedPoint.WAD) revert IClearingHouse.InvalidParameter("kink");
        if (parameters.fundShare > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("fundShare");
        if (parameters.debtLimit > MAX_NOTIONAL) revert IClearingHouse.InvalidParameter("debtLimit");
        if (parameters.collateralCap > MAX_NOTIONAL) revert IClearingHouse.InvalidParameter("collateralCap");
        // EFFECTS
        Cash.accrue(ledger);
        ledger.creditParameters = parameters;
        // EVENTS
        emit IClearingHouse.CreditParametersChanged();
    }

    /// @notice Takes `amount` units of a token from the account; refused where the token keeps a part, or where the token's
    /// cap or the cap on all tokens would be exceeded.
    function depositCollateral(Ledger storage ledger, address account, uint256 collateralId, uint256 amount) external {
        // CHECKS
        Collateral storage collateral = Holdings.existing(ledger, collateralId);
        requireRoom(collateral, amount);
        // EFFECTS
        receiveCollateral(ledger, account, collateralId, amount);
        // PRICES
        Holdings.readPrice(ledger, collateralId, Purpose.Deposit);
        requireTotalRoom(ledger);
        // EVENTS
        emit IClearingHouse.CollateralDeposited(account, collateralId, amount);
    }

    /// @notice Pays `amount` units of a token out of what the account holds; equity without profits must cover initial
    /// margin afterwards.
    function withdrawCollateral(Ledger storage ledger, address account, uint256 collateralId, uint256 amount)
        external
    {
        // CHECKS
        Holdings.existing(ledger, collateralId);
        // EFFECTS
        sendCollateral(ledger, account, collateralId, amount);
        // MARGIN
        requireExcess(ledger, account);
        // EVENTS
        emit IClearingHouse.CollateralWithdrawn(account, collateralId, amount);
    }

    /// @notice Takes `amountIn` units of one token from the account and pays out `amountOut` of another; neither of the
    /// account's equities may fall, nor what a seizure would bring, so that it is open below initial margin too. What is worth
    /// more than what goes out needs room as a deposit does.
    function swapCollateral(
        Ledger storage ledger,
        address account,
        uint256 idIn,
        uint256 amountIn,
        uint256 idOut,
        uint256 amountOut
    ) external {
        // CHECKS
        Collateral storage collateral = Holdings.existing(ledger, idIn);
        Holdings.existing(ledger, idOut);
        if (idIn == idOut) revert IClearingHouse.AmountOutOfBounds(amountIn);
        requireRoom(collateral, amountIn);
        Holdings.requireHeld(ledger, account, idOut, amountOut);
        // PRICES
        uint256 valueIn = amountIn * Holdings.readPrice(ledger, idIn, Purpose.Withdraw);
        uint256 valueOut = amountOut * Holdings.readPrice(ledger, idOut, Purpose.Withdraw);
        // MARGIN
        if (isWorthLess(ledger, idIn, valueIn, idOut, valueOut)) {
            revert IClearingHouse.HealthLowered(account);
        }
        // EFFECTS
        receiveCollateral(ledger, account, idIn, amountIn);
        sendCollateral(ledger, account, idOut, amountOut);
        // CHECKS
        if (valueIn * collateral.record.unit > valueOut * ledger.collaterals[idOut].record.unit) {
            requireTotalRoom(ledger);
        }
        // EVENTS
        emit IClearingHouse.CollateralSwapped(account, idIn, amountIn, idOut, amountOut);
    }

    /// @notice Buys tokens of an account that is below maintenance or owes more than the limit, at a discount on the price;
    /// no more than it owes, and in the order of {SeizureOrder}. The buyer pays with cash and must have initial margin
    /// afterwards. Tokens change hands inside the house, so that one whose transfers are stuck stops no sale. It waits for a
    /// top-up that would end the account's distress.
    function buyCollateral(Ledger storage ledger, Purchase memory purchase) external {
        // CHECKS
        Collateral storage collateral = Holdings.existing(ledger, purchase.collateralId);
        if (purchase.buyer == purchase.account) revert IClearingHouse.SameAccount(purchase.account);
        // PRICES
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Liquidation);
        uint256 price = Holdings.readPrice(ledger, purchase.collateralId, Purpose.Liquidation);
        // MARGIN
        uint256 reduced = collateral.record.unit * price * (FixedPoint.WAD - Holdings.seizureDiscount(collateral));
        Standing memory standing = limitPurchase(ledger, purchase, marks, reduced);
        Liquidation.awaitTopUp(ledger, purchase.account);
        SeizureOrder.requireFirst(ledger, purchase.account, purchase.collateralId, standing);
        uint256 paid = FixedPoint.mulDivUp(purchase.amount, reduced, FixedPoint.WEI);
        // EFFECTS
        Holdings.take(ledger, purchase.account, purchase.collateralId, purchase.amount);
        Holdings.add(ledger, purchase.buyer, purchase.collateralId, purchase.amount);
        Cash.add(ledger, purchase.buyer, -int256(paid));
        Cash.add(ledger, purchase.account, int256(paid));
        // MARGIN
        Margin.requireInitial(ledger, purchase.buyer, marks);
        // EVENTS
        emit IClearingHouse.CollateralBought(
            purchase.account, purchase.buyer, purchase.collateralId, purchase.amount, paid
        );
    }

    /// @notice Covers what an account owes that has neither open positions nor tokens, what it still owes for closed
    /// positions included: from the insurance fund, the rest becomes unresolved bad debt. Anyone may.
    function coverDebt(Ledger storage ledger, address account) external {
        // CHECKS
        AccountRecord storage record = ledger.accounts[account];
        if (record.openPositions != 0 || record.collaterals != 0) revert IClearingHouse.NoDeficit(account);
        Markets.requireNoneEnding(ledger, record.markets);
        // MARGIN
        int256 equity = Margin.standingOf(ledger, account, Pricing.newMarks(ledger, Purpose.Settle)).equity;
        if (equity >= 0) revert IClearingHouse.NoDeficit(account);
        // EFFECTS
        Insurance.coverDebt(ledger, account, FixedPoint.divUp(FixedPoint.absolute(equity), FixedPoint.WEI));
        Settlement.settleLosses(ledger, account);
    }

    /// @notice Reverts with the name of the first parameter that is out of bounds.
    function validateCollateral(Ledger storage ledger, CollateralParameters calldata parameters, uint256 unit)
        internal
        view
    {
        // CHECKS
        if (ledger.hub.sourceCount(parameters.priceId) == 0) revert IClearingHouse.InvalidParameter("priceId");
        if (parameters.initialWeight > parameters.maintenanceWeight) {
            revert IClearingHouse.InvalidParameter("initialWeight");
        }
        if (parameters.maintenanceWeight > FixedPoint.WAD) {
            revert IClearingHouse.InvalidParameter("maintenanceWeight");
        }
        uint256 most = FixedPoint.WAD - parameters.maintenanceWeight;
        if (parameters.seizureDiscount > most || parameters.seizureDiscount > FixedPoint.WAD / 2) {
            revert IClearingHouse.InvalidParameter("seizureDiscount");
        }
        if (parameters.cap > MAX_SIZE / unit) revert IClearingHouse.InvalidParameter("cap");
        if (parameters.rampDuration < 1 hours || parameters.rampDuration > MAX_RAMP) {
            revert IClearingHouse.InvalidParameter("rampDuration");
        }
        if (parameters.bandRate > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("bandRate");
        if (parameters.tradeFeeRate > FixedPoint.WAD / 10) revert IClearingHouse.InvalidParameter("tradeFeeRate");
    }

    /// @notice Reverts unless equity without unrealised profits covers initial margin.
    function requireExcess(Ledger storage ledger, address account) internal view {
        // MARGIN
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Withdraw);
        Standing memory standing = Margin.standingWithOrders(ledger, account, marks);
        if (Margin.excess(ledger, account, standing) < 0) Margin.revertInsufficient(account, standing);
    }

    /// @notice Reverts unless the amount is positive and the token's cap has room for it.
    function requireRoom(Collateral storage collateral, uint256 amount) internal view {
        // CHECKS
        uint256 cap = collateral.parameters.cap;
        uint256 total = collateral.record.total;
        if (amount == 0) revert IClearingHouse.AmountOutOfBounds(amount);
        if (total >= cap || amount > cap - total) revert IClearingHouse.CollateralCapExceeded(amount, total, cap);
    }

    /// @notice Reverts where all accounts' tokens are worth more than the cap on all tokens.
    function requireTotalRoom(Ledger storage ledger) internal view {
        // CHECKS
        uint256 worth = totalWorth(ledger);
        if (worth > ledger.creditParameters.collateralCap) revert IClearingHouse.TotalCapExceeded(worth);
    }

    /// @notice Reverts where the account's tokens are not for sale, or where it owes less than the amount brings.
    /// @param reduced What one unit brings; a numerator.
    /// @return standing The account's.
    function limitPurchase(Ledger storage ledger, Purchase memory purchase, Marks memory marks, uint256 reduced)
        internal
        view
        returns (Standing memory standing)
    {
        // MARGIN
        standing = Margin.standingOf(ledger, purchase.account, marks);
        int256 owed = owedBy(ledger, purchase.account, standing);
        if (owed <= 0) revert IClearingHouse.NotConvertible(purchase.account);
        uint256 most = FixedPoint.divUp(uint256(owed), reduced);
        if (purchase.amount > most) revert IClearingHouse.AmountOutOfBounds(purchase.amount);
    }

    /// @notice What buyers of an account's tokens may bring, a numerator: its negative cash beyond the limit, or, where it is
    /// below maintenance, all of it and its losses. Its tokens are for sale where that is positive.
    function owedBy(Ledger storage ledger, address account, Standing memory standing) internal view returns (int256) {
        // MARGIN
        int256 cash = Cash.current(ledger, account) * int256(FixedPoint.WEI);
        if (standing.equity < int256(standing.maintenance + standing.fee)) return -cash - standing.losses;
        return -cash - int256(ledger.creditParameters.debtLimit * FixedPoint.WEI);
    }

    /// @notice Whether what comes in counts less than what goes out, in initial or in maintenance margin, or would bring a
    /// seizure less; values are token units x price.
    function isWorthLess(Ledger storage ledger, uint256 idIn, uint256 valueIn, uint256 idOut, uint256 valueOut)
        internal
        view
        returns (bool)
    {
        // MARGIN
        Collateral storage taken = ledger.collaterals[idIn];
        Collateral storage given = ledger.collaterals[idOut];
        valueIn *= taken.record.unit;
        valueOut *= given.record.unit;
        if (valueIn * taken.parameters.initialWeight < valueOut * given.parameters.initialWeight) return true;
        if (valueIn * Holdings.maintenanceWeight(taken) < valueOut * Holdings.maintenanceWeight(given)) return true;
        uint256 bringsIn = valueIn * (FixedPoint.WAD - Holdings.seizureDiscount(taken));
        return bringsIn < valueOut * (FixedPoint.WAD - Holdings.seizureDiscount(given));
    }

    /// @notice What all accounts' tokens are worth, undiscounted, at the prices that were last read; wei, rounded up.
    function totalWorth(Ledger storage ledger) internal view returns (uint256 worth) {
        // MARGIN
        for (uint256 i = 0; i < ledger.collateralCount; ++i) {
            Collateral storage collateral = ledger.collaterals[i];
            uint256 amount = uint256(collateral.record.total) * collateral.record.unit;
            worth += FixedPoint.mulDivUp(amount, collateral.record.lastPrice, FixedPoint.WAD);
        }
    }

    /// @notice Pulls tokens in and adds them to what the account holds; a token that keeps a part is refused.
    function receiveCollateral(Ledger storage ledger, address account, uint256 collateralId, uint256 amount) internal {
        Collateral storage collateral = ledger.collaterals[collateralId];
        IERC20 token = IERC20(collateral.parameters.token);
        // EFFECTS
        Holdings.add(ledger, account, collateralId, amount);
        collateral.record.total += uint96(amount);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(account, address(this), amount);
        // CHECKS
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != amount) revert IClearingHouse.TransferFeeRefused(collateralId, amount, received);
    }

    /// @notice Takes tokens from what the account holds and sends them out.
    function sendCollateral(Ledger storage ledger, address account, uint256 collateralId, uint256 amount) internal {
        Collateral storage collateral = ledger.collaterals[collateralId];
        // EFFECTS
        Holdings.take(ledger, account, collateralId, amount);
        collateral.record.total -= uint96(amount);
        IERC20(collateral.parameters.token).safeTransfer(account, amount);
    }
}
