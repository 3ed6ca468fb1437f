// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPoint} from "./FixedPoint.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Route, BACKSTOP, FUND} from "./Records.sol";

/// @notice What decides on a liquidation's route: equity, requirement and rooms are numerators, ratios WAD.
/// @param required Maintenance margin and liquidation fee.
/// @param backstopRoom What the backstop vault's capacity and margin leave after the takeover; below 0 they do not suffice.
/// @param fundRoom What the insurance fund may still give after the margin of the takeover.
/// @param candidates Holders of the opposite side that may be deleveraged.
struct Circumstances {
    int256 equity;
    uint256 required;
    uint256 backstopRatio;
    int256 backstopRoom;
    uint256 fundRatio;
    int256 fundRoom;
    uint256 candidates;
}

/// @title Which route a liquidation takes, by numbers alone, and which accounts are the system's.
library Routes {
    /// @notice The route that is next: keepers down to the backstop's ratio; then the first that has room of backstop vault
    /// and, below its own ratio, insurance fund; a bankrupt account is deleveraged against the candidates; what is left is
    /// closed by force. A keeper, or whom the matcher finds, may come first on each of them.
    function routeOf(Circumstances memory state) internal pure returns (Route) {
        // MARGIN
        if (!isBelowRatio(state.equity, state.required, state.backstopRatio)) return Route.Keeper;
        if (state.backstopRoom >= 0) return Route.Backstop;
        if (isBelowRatio(state.equity, state.required, state.fundRatio) && state.fundRoom >= 0) return Route.Fund;
        if (state.equity < 0 && state.candidates > 0) return Route.Deleverage;
        return Route.ForcedClose;
    }

    /// @notice Whether equity is below a ratio (WAD) of what is required; exact, equal is not below.
    function isBelowRatio(int256 equity, uint256 required, uint256 ratio) internal pure returns (bool) {
        // MARGIN
        return !FixedPoint.productAtLeast(equity, FixedPoint.WAD, int256(required), ratio);
    }

    /// @notice Reverts unless an account's equity is below a ratio (WAD) of what is required; numerators.
    function requireBelow(address account, int256 equity, uint256 required, uint256 ratio) internal pure {
        // CHECKS
        if (!isBelowRatio(equity, required, ratio)) revert IClearingHouse.AboveTakeoverRatio(account);
    }

    /// @notice Whether an account is the backstop vault's or the insurance fund's.
    function isSystem(address account) internal pure returns (bool) {
        return account == BACKSTOP || account == FUND;
    }

    /// @notice Reverts where the account is the system's.
    function requireOrdinary(address account) internal pure {
        // CHECKS
        if (isSystem(account)) revert IClearingHouse.SystemAccount(account);
    }
}
