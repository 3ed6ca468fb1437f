// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {Ledger} from "./Records.sol";

/// @title Roles and storage of the clearing house, which the code of its two contracts shares.
abstract contract HouseState is AccessControl, ReentrancyGuardTransient, IClearingHouse {
    /// @notice Who may bring trades.
    bytes32 public constant MATCHER_ROLE = keccak256("MATCHER_ROLE");
    /// @notice Who may open markets and change parameters.
    bytes32 public constant PARAMETER_ROLE = keccak256("PARAMETER_ROLE");
    /// @notice Who may pause and resume.
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");
    /// @notice Who may withdraw trading fees.
    bytes32 public constant TREASURER_ROLE = keccak256("TREASURER_ROLE");

    Ledger internal _ledger;

    modifier whenNotPaused() {
        if (_ledger.record.paused) revert SystemIsPaused();
        _;
    }
}
