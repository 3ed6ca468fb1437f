// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Ledger} from "./Records.sol";

/// @title Roles and storage of the clearing house, which the code of its two contracts shares.
/// @notice There is one administrator; another takes over in two steps with a delay between them, by OpenZeppelin's rules.
abstract contract HouseState is AccessControlDefaultAdminRules, ReentrancyGuardTransient, IClearingHouse {
    /// @notice Who may bring trades.
    bytes32 public constant MATCHER_ROLE = keccak256("MATCHER_ROLE");
    /// @notice Who may open markets and change parameters.
    bytes32 public constant PARAMETER_ROLE = keccak256("PARAMETER_ROLE");
    /// @notice Who may pause and resume.
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");
    /// @notice Who may withdraw trading fees.
    bytes32 public constant TREASURER_ROLE = keccak256("TREASURER_ROLE");

    /// @notice How long a change of the administrator takes, until the administrator changes that.
    uint48 internal constant ADMIN_DELAY = 1 days;

    Ledger internal _ledger;

    constructor(address admin) AccessControlDefaultAdminRules(ADMIN_DELAY, admin) {}

    modifier whenNotPaused() {
        if (_ledger.record.paused) revert SystemIsPaused();
        _;
    }
}
