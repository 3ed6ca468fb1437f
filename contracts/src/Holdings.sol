// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {LibBit} from "solady/src/utils/LibBit.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Standing} from "./Instruments.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {
    AccountRecord,
    Collateral,
    CollateralParameters,
    CollateralRecord,
    Ledger,
    MAX_ACCOUNT_COLLATERALS
} from "./Records.sol";

/// @title The tokens that accounts hold, and what they count as margin.
/// @notice amount x unit (WAD) x price (WAD) x weight (WAD) is an exact numerator: nothing is rounded here but a weight on
/// its way down.
library Holdings {
    /// @notice Adds the account's tokens to a standing that holds everything else, at their two weights. For a liquidation,
    /// tokens without a price count as nothing where they were worth less than a hundredth of what is at stake when they
    /// last moved, and stop the call otherwise; for everything else tokens without a price count as nothing.
    function contribute(Ledger storage ledger, address account, Standing memory standing) internal view {
        // MARGIN
        uint256 required = atStake(standing.maintenance + standing.fee, standing.equity);
        (standing.initialWorth, standing.worth) = worthOf(ledger, account, standing.marks, required);
        standing.equity += int256(standing.worth);
    }

    /// @notice What is required and what the account is below zero without its tokens: what those stand for; a numerator.
    /// @param equity Without tokens; a numerator.
    function atStake(uint256 required, int256 equity) internal pure returns (uint256) {
        // MARGIN
        if (equity < 0) required = uint256(int256(required) - equity);
        return required;
    }

    /// @notice What the account's tokens count towards initial and maintenance margin; numerators.
    /// @param required What is at stake; a numerator.
    function worthOf(Ledger storage ledger, address account, Marks memory marks, uint256 required)
        internal
        view
        returns (uint256 initial, uint256 maintenance)
    {
        // MARGIN
        uint256 remaining = ledger.accounts[account].collaterals;
        while (remaining != 0) {
            uint256 collateralId = LibBit.ffs(remaining);
            remaining &= remaining - 1;
            Collateral storage collateral = ledger.collaterals[collateralId];
            uint256 value = valueOf(ledger, account, collateralId, marks, required);
            initial += value * collateral.parameters.initialWeight;
            maintenance += value * maintenanceWeight(collateral);
        }
    }

    /// @notice What the account's tokens would bring a seizure: their value less what buyers save; a numerator.
    /// @param required What is at stake; a numerator.
    function seizableOf(Ledger storage ledger, address account, Marks memory marks, uint256 required)
        internal
        view
        returns (uint256 seizable)
    {
        // MARGIN
        uint256 remaining = ledger.accounts[account].collaterals;
        while (remaining != 0) {
            uint256 collateralId = LibBit.ffs(remaining);
            remaining &= remaining - 1;
            uint256 value = valueOf(ledger, account, collateralId, marks, required);
            seizable += value * (FixedPoint.WAD - seizureDiscount(ledger.collaterals[collateralId]));
        }
    }

    /// @notice amount x price of what the account holds of one token; WAD x WAD.
    function valueOf(
        Ledger storage ledger,
        address account,
        uint256 collateralId,
        Marks memory marks,
        uint256 required
    ) internal view returns (uint256) {
        // PRICES
        Collateral storage collateral = ledger.collaterals[collateralId];
        uint256 amount = ledger.holdings[account][collateralId] * collateral.record.unit;
        uint256 price = Pricing.tokenPriceOrZero(ledger, marks, collateralId);
        if (price != 0 || marks.tokens != Purpose.Liquidation) return amount * price;
        uint256 last = amount * collateral.record.lastPrice * maintenanceWeight(collateral);
        if (last < required / 100) return 0;
        return amount * ledger.hub.price(collateral.parameters.priceId, marks.tokens);
    }

    /// @notice The weight in maintenance margin now, WAD: on its way down it is rounded down.
    function maintenanceWeight(Collateral storage collateral) internal view returns (uint256) {
        CollateralRecord storage record = collateral.record;
        uint256 target = collateral.parameters.maintenanceWeight;
        if (block.timestamp >= record.rampEnd || target >= record.weightFrom) return target;
        uint256 elapsed = block.timestamp - record.rampStart;
        uint256 fall = record.weightFrom - target;
        return record.weightFrom - FixedPoint.mulDivUp(fall, elapsed, record.rampEnd - record.rampStart);
    }

    /// @notice What a buyer of a debtor's tokens saves now, WAD: never so much that selling lowers the debtor's equity.
    function seizureDiscount(Collateral storage collateral) internal view returns (uint256) {
        uint256 most = FixedPoint.WAD - maintenanceWeight(collateral);
        uint256 discount = collateral.parameters.seizureDiscount;
        return discount < most ? discount : most;
    }

    /// @notice Adds token units to what an account holds.
    function add(Ledger storage ledger, address account, uint256 collateralId, uint256 amount) internal {
        AccountRecord storage record = ledger.accounts[account];
        // EFFECTS
        ledger.holdings[account][collateralId] += amount;
        record.collaterals |= uint8(1 << collateralId);
        // CHECKS
        if (LibBit.popCount(record.collaterals) > MAX_ACCOUNT_COLLATERALS) {
            revert IClearingHouse.TooManyCollaterals(account);
        }
    }

    /// @notice Takes token units from what an account holds.
    function take(Ledger storage ledger, address account, uint256 collateralId, uint256 amount) internal {
        // CHECKS
        uint256 held = requireHeld(ledger, account, collateralId, amount);
        // EFFECTS
        ledger.holdings[account][collateralId] = held - amount;
        if (amount == held) ledger.accounts[account].collaterals &= ~uint8(1 << collateralId);
    }

    /// @notice Reverts unless the amount is positive and the account holds it; token units.
    function requireHeld(Ledger storage ledger, address account, uint256 collateralId, uint256 amount)
        internal
        view
        returns (uint256 held)
    {
        // CHECKS
        held = ledger.holdings[account][collateralId];
        if (amount == 0 || amount > held) revert IClearingHouse.InsufficientCollateral(account, amount, held);
    }

    /// @notice The token, or a revert where there is none.
    function existing(Ledger storage ledger, uint256 collateralId) internal view returns (Collateral storage) {
        // CHECKS
        if (collateralId >= ledger.collateralCount) revert IClearingHouse.UnknownCollateral(collateralId);
        return ledger.collaterals[collateralId];
    }

    /// @notice The token's price, remembered for times without one; WAD.
    function readPrice(Ledger storage ledger, uint256 collateralId, Purpose purpose) internal returns (uint256 price) {
        // PRICES
        Collateral storage collateral = ledger.collaterals[collateralId];
        CollateralParameters storage parameters = collateral.parameters;
        price = ledger.hub.price(parameters.priceId, purpose);
        // EFFECTS
        collateral.record.lastPrice = uint96(price);
    }
}
