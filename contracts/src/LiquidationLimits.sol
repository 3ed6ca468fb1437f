// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPoint} from "./FixedPoint.sol";
import {Standing} from "./Instruments.sol";
import {Margin} from "./Margin.sol";
import {Markets} from "./Markets.sol";
import {Leg, Offsets} from "./Offsets.sol";
import {Perpetuals} from "./Perpetuals.sol";
import {Pricing} from "./Pricing.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {
    Ledger,
    LiquidationParameters,
    LiquidationWindow,
    Market,
    MAX_COOL_DOWN,
    MAX_NOTIONAL
} from "./Records.sol";

/// @title Which of an account's positions is taken over first, and how much of a large account's at a time.
/// @notice Both are off until they are configured, and neither holds for a forced close, which is always open.
library LiquidationLimits {
    /// @notice Replaces the order's switch and the limits.
    function setLiquidationParameters(Ledger storage ledger, LiquidationParameters calldata parameters) external {
        // CHECKS
        validateLimits(parameters);
        // EFFECTS
        ledger.liquidation = parameters;
        // EVENTS
        emit IClearingHouse.LiquidationParametersChanged();
    }

    /// @notice The market in which a liquidatable account is taken over first.
    /// @return exists Whether the account is below maintenance with a position in a market neither paused nor delisted.
    function liquidationMarket(Ledger storage ledger, address account)
        external
        view
        returns (bool exists, uint256 marketId)
    {
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, account, Pricing.newMarks(ledger, Purpose.Liquidation));
        if (!Margin.isBelowMaintenance(standing)) return (false, 0);
        return firstOf(ledger, standing);
    }

    /// @notice What a takeover of a position may take of `size` now, WAD, in the order and within the limits; counts it, as far as
    /// the keeper's `maxSize` lets it be taken. Reverts where another market is first, or the account cools down.
    function restrict(Ledger storage ledger, address account, uint256 marketId, uint256 size, uint256 maxSize)
        external
        returns (uint256 most)
    {
        // MARGIN
        Standing memory standing = Margin.standingOf(ledger, account, Pricing.newMarks(ledger, Purpose.Liquidation));
        requireFirst(ledger, account, marketId, standing);
        most = limited(ledger, account, marketId, standing, size);
        // CHECKS
        if (most == 0) {
            uint256 until = ledger.windows[account][marketId].startedAt + uint256(ledger.liquidation.coolDown);
            revert IClearingHouse.CoolingDown(account, marketId, until);
        }
        // EFFECTS
        uint256 wanted = maxSize - maxSize % ledger.markets[marketId].parameters.sizeStep;
        countTaken(ledger, account, marketId, standing, wanted < most ? wanted : most);
    }

    /// @notice Whether there is an order or a limit.
    function isOn(Ledger storage ledger) internal view returns (bool) {
        return ledger.liquidation.ordered || ledger.liquidation.largeNotional > 0;
    }

    /// @notice Reverts with the name of the first parameter that is out of bounds.
    function validateLimits(LiquidationParameters calldata parameters) internal pure {
        // CHECKS
        if (parameters.largestShare > FixedPoint.WAD || (parameters.largeNotional > 0 && parameters.largestShare == 0)) {
            revert IClearingHouse.InvalidParameter("largestShare");
        }
        if (parameters.urgentHealth > FixedPoint.WAD) revert IClearingHouse.InvalidParameter("urgentHealth");
        if (parameters.coolDown > MAX_COOL_DOWN) revert IClearingHouse.InvalidParameter("coolDown");
        if (parameters.largeNotional > MAX_NOTIONAL) revert IClearingHouse.InvalidParameter("largeNotional");
    }

    /// @notice Reverts unless this market is the first, where the order is on.
    function requireFirst(Ledger storage ledger, address account, uint256 marketId, Standing memory standing)
        internal
        view
    {
        // CHECKS
        if (!ledger.liquidation.ordered) return;
        (, uint256 first) = firstOf(ledger, standing);
        if (first != marketId) revert IClearingHouse.NotFirstMarket(account, first);
    }

    /// @notice The market whose position relieves most per notional, compared exactly; of equal ones the lowest id. Paused
    /// and delisted markets are passed over.
    function firstOf(Ledger storage ledger, Standing memory standing)
        internal
        view
        returns (bool exists, uint256 first)
    {
        // MARGIN
        int256 most = 0;
        uint256 notional = 0;
        for (uint256 i = 0; i < standing.legs.length; ++i) {
            Leg memory leg = standing.legs[i];
            Market storage market = ledger.markets[leg.marketId];
            if (leg.size == 0 || market.record.paused || Markets.isDelisted(market)) continue;
            int256 relief = reliefBy(ledger, standing, i);
            uint256 own = FixedPoint.absolute(leg.size) * leg.mark;
            if (exists && FixedPoint.productAtLeast(most, own, relief, notional)) continue;
            (exists, first, most, notional) = (true, leg.marketId, relief, own);
        }
    }

    /// @notice By how much maintenance margin and fee fall without a leg, a numerator; negative where it hedges more than
    /// it requires.
    function reliefBy(Ledger storage ledger, Standing memory standing, uint256 index) internal view returns (int256) {
        // MARGIN
        uint256 count = standing.legs.length;
        Leg[] memory legs = new Leg[](count);
        for (uint256 i = 0; i < count; ++i) {
            if (i != index) legs[i] = standing.legs[i];
        }
        uint256 required = Perpetuals.requiredOf(ledger, standing.legs);
        return int256(required) - int256(Perpetuals.requiredOf(ledger, legs));
    }

    /// @notice What a takeover may take of `size` (WAD) now: of a large account's position no more than the share that its
    /// window leaves; all of `size` where dust would remain. 0 while the account cools down.
    function limited(
        Ledger storage ledger,
        address account,
        uint256 marketId,
        Standing memory standing,
        uint256 size
    ) internal view returns (uint256) {
        // MARGIN
        if (!isLimited(ledger, standing)) return size;
        Leg memory leg = standing.legs[Offsets.indexOf(standing.legs, marketId)];
        uint256 held = FixedPoint.absolute(leg.size);
        uint256 step = ledger.markets[marketId].parameters.sizeStep;
        LiquidationWindow memory window = windowOf(ledger, account, marketId, held);
        uint256 share = FixedPoint.mulDivUp(window.base, ledger.liquidation.largestShare, FixedPoint.WAD * step) * step;
        uint256 most = share > window.taken ? share - window.taken : 0;
        if (size <= most) return size;
        uint256 dust = ledger.markets[marketId].parameters.minimumNotional * FixedPoint.WAD;
        return most > 0 && (held - most) * leg.mark < dust ? size : most;
    }

    /// @notice Whether the account is large, and not so deep below its requirement that the limits no longer hold.
    function isLimited(Ledger storage ledger, Standing memory standing) internal view returns (bool) {
        // MARGIN
        LiquidationParameters storage parameters = ledger.liquidation;
        return Margin.isLarge(standing, parameters.largeNotional, parameters.urgentHealth);
    }

    /// @notice The position's window: the present one, or one that begins now, with what is held (WAD) where that is more.
    function windowOf(Ledger storage ledger, address account, uint256 marketId, uint256 held)
        internal
        view
        returns (LiquidationWindow memory window)
    {
        window = ledger.windows[account][marketId];
        // What was added since is at risk as the rest is, and no window of a small position protects it.
        if (held > window.base) window.base = uint96(held);
        if (block.timestamp < window.startedAt + uint256(ledger.liquidation.coolDown)) return window;
        return LiquidationWindow(uint40(block.timestamp), uint96(held), 0);
    }

    /// @notice Counts what was taken of a large account's position to its window.
    function countTaken(
        Ledger storage ledger,
        address account,
        uint256 marketId,
        Standing memory standing,
        uint256 size
    ) internal {
        if (!isLimited(ledger, standing)) return;
        Leg memory leg = standing.legs[Offsets.indexOf(standing.legs, marketId)];
        LiquidationWindow memory window = windowOf(ledger, account, marketId, FixedPoint.absolute(leg.size));
        // EFFECTS
        window.taken += uint96(size);
        ledger.windows[account][marketId] = window;
    }
}
