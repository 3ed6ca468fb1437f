// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Standing} from "./Instruments.sol";
import {Margin} from "./Margin.sol";
import {Pricing} from "./Pricing.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Purpose} from "./interfaces/IOracleHub.sol";
import {AccountRecord, Ledger, SystemRisk} from "./Records.sol";

/// @title Margin calls: warnings before an account can be liquidated.
library MarginCalls {
    /// @notice Brings the account's warning up to date; anyone may.
    function checkMargin(Ledger storage ledger, address account) external {
        // PRICES
        Standing memory standing = Margin.standingOf(ledger, account, Pricing.newMarks(ledger, Purpose.Liquidation));
        // EFFECTS
        update(ledger, account, standing);
    }

    /// @notice Stores the account's warning level where it changed, and says so: once per crossing.
    function update(Ledger storage ledger, address account, Standing memory standing) internal {
        // MARGIN
        AccountRecord storage record = ledger.accounts[account];
        if (ledger.risk.firstWarning == 0 && record.warning == 0) return;
        int256 health = Margin.healthOf(standing);
        uint256 level = levelOf(ledger.risk, health, record.warning);
        // EFFECTS
        if (level == record.warning) return;
        record.warning = uint8(level);
        // EVENTS
        emit IClearingHouse.MarginWarning(account, level, health);
    }

    /// @notice The level that a health factor (WAD, rounded down) leads to from `present`: a warning begins below its
    /// ratio, and ends at its ratio plus the hysteresis.
    function levelOf(SystemRisk storage risk, int256 health, uint256 present) internal view returns (uint256) {
        // MARGIN
        uint256 hysteresis = risk.warningHysteresis;
        uint256 second = risk.secondWarning;
        uint256 first = risk.firstWarning;
        if (isBelow(health, second, present >= 2 ? hysteresis : 0)) return 2;
        if (isBelow(health, first, present >= 1 ? hysteresis : 0)) return 1;
        return 0;
    }

    /// @notice Whether a health factor is below a warning's ratio and hysteresis; a ratio of zero is off.
    function isBelow(int256 health, uint256 ratio, uint256 hysteresis) internal pure returns (bool) {
        return ratio > 0 && health < int256(ratio + hysteresis);
    }
}
