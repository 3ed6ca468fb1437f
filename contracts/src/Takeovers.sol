// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Cash} from "./Cash.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Insurance} from "./Insurance.sol";
import {Standing} from "./Instruments.sol";
import {Liquidation, Takeover} from "./Liquidation.sol";
import {Margin} from "./Margin.sol";
import {Marks, Pricing} from "./Pricing.sol";
import {Routes} from "./Routes.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {Ledger, Route, BACKSTOP, FUND} from "./Records.sol";

/// @title Takeovers by the system itself: by the backstop vault and by the insurance fund, each with capital of its own.
/// @notice Trigger, size, fee and deficit are a keeper's. Nobody agrees to them for the taker, so prices must be fresh
/// enough for trading.
library Takeovers {
    /// @notice The vault takes over of an account whose equity is below its ratio of what is required, within its capacity
    /// in the market, and must have initial margin afterwards. What makes its position smaller needs no capacity.
    function liquidateToBackstop(
        Ledger storage ledger,
        address caller,
        address account,
        uint256 marketId,
        uint256 maxSize
    ) external {
        // CHECKS
        Routes.requireOrdinary(account);
        int256 held = ledger.positions[BACKSTOP][marketId].size;
        // EFFECTS
        uint256 below = ledger.backstopParameters.takeoverRatio;
        uint256 share = ledger.parameters.liquidatorShare;
        Liquidation.takeOverFresh(
            ledger, Takeover(account, BACKSTOP, caller, marketId, maxSize, Route.Backstop, below, share)
        );
        // PRICES
        Marks memory marks = Pricing.newMarks(ledger, Purpose.Trade);
        uint256 mark = Pricing.markOf(ledger, marks, marketId);
        // CHECKS
        if (capacityLeft(ledger, marketId, held, ledger.positions[BACKSTOP][marketId].size, mark) < 0) {
            revert IClearingHouse.BackstopCapacity(marketId);
        }
        // MARGIN
        Margin.requireInitial(ledger, BACKSTOP, marks);
    }

    /// @notice The insurance fund takes over of an account whose equity is below the fund's ratio of what is required, and
    /// gives its account what initial margin then lacks.
    function liquidateToFund(
        Ledger storage ledger,
        address caller,
        address account,
        uint256 marketId,
        uint256 maxSize
    ) external {
        // CHECKS
        Routes.requireOrdinary(account);
        // EFFECTS
        uint256 below = ledger.backstopParameters.fundRatio;
        uint256 share = ledger.parameters.liquidatorShare;
        Liquidation.takeOverFresh(
            ledger, Takeover(account, FUND, caller, marketId, maxSize, Route.Fund, below, share)
        );
        endow(ledger, marketId, Pricing.newMarks(ledger, Purpose.Trade));
    }

    /// @notice Gives the cash of the fund's account back to the fund, where it holds neither position nor quote. What it
    /// owes must have been covered before.
    function releaseFund(Ledger storage ledger) external {
        // CHECKS
        if (ledger.accounts[FUND].markets != 0) revert IClearingHouse.AccountNotEmpty(FUND);
        int256 cash = Cash.current(ledger, FUND);
        if (cash < 0) revert IClearingHouse.InsufficientCash(FUND, cash);
        // EFFECTS
        ledger.backstop.fundCapital = 0;
        Cash.add(ledger, FUND, -cash);
        // EVENTS
        emit IClearingHouse.FundReleased(uint256(cash));
        Insurance.credit(ledger, uint256(cash));
    }

    /// @notice What the vault's position leaves of its capacity in the market where it goes from `held` to `next`, no less
    /// than 0 where it becomes smaller; a numerator.
    function capacityLeft(Ledger storage ledger, uint256 marketId, int256 held, int256 next, uint256 mark)
        internal
        view
        returns (int256 left)
    {
        // MARGIN
        left = int256(ledger.backstopCapacities[marketId] * FixedPoint.WEI);
        left -= int256(FixedPoint.absolute(next) * mark * FixedPoint.WAD);
        bool shrinks = (held > 0) == (next > 0) && FixedPoint.absolute(next) < FixedPoint.absolute(held);
        if (shrinks && left < 0) return 0;
    }

    /// @notice Gives the fund's account what it lacks for initial margin and for cash that is not negative, rounded up to
    /// the wei.
    function endow(Ledger storage ledger, uint256 marketId, Marks memory marks) internal {
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, FUND, marks);
        int256 lacking = int256(standing.initial) - Margin.initialEquity(standing);
        int256 owed = -Cash.current(ledger, FUND) * int256(FixedPoint.WEI);
        if (owed > lacking) lacking = owed;
        if (lacking <= 0) return;
        uint256 amount = FixedPoint.divUp(uint256(lacking), FixedPoint.WEI);
        // CHECKS
        if (amount > spare(ledger)) revert IClearingHouse.FundCapacity(marketId);
        // EFFECTS
        uint256 capital = ledger.backstop.fundCapital + amount;
        ledger.backstop.fundCapital = uint128(capital);
        ledger.record.insuranceFund -= uint128(amount);
        Cash.add(ledger, FUND, int256(amount));
        // EVENTS
        emit IClearingHouse.FundEndowed(amount, capital);
    }

    /// @notice What the insurance fund may still give: up to its share of what it has and gave, rounded down; wei.
    function spare(Ledger storage ledger) internal view returns (uint256) {
        // MARGIN
        uint256 fund = ledger.record.insuranceFund;
        uint256 given = ledger.backstop.fundCapital;
        uint256 most = FixedPoint.mulDivDown(fund + given, ledger.backstopParameters.fundShare, FixedPoint.WAD);
        if (most <= given) return 0;
        return most - given < fund ? most - given : fund;
    }
}
