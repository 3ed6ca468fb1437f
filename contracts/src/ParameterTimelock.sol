// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title Holder of the parameter role that makes every change known some time before it can be made.
/// @notice OpenZeppelin's timelock, administered by itself alone. Its delay stays between bounds, so that no change of
/// the delay can end the warning, nor the changes.
contract ParameterTimelock is TimelockController {
    /// @notice Shortest delay, seconds.
    uint256 public constant MINIMUM_DELAY = 1 hours;
    /// @notice Longest delay, seconds.
    uint256 public constant MAXIMUM_DELAY = 30 days;

    /// @notice The delay is below the shortest or above the longest; seconds.
    error DelayOutOfBounds(uint256 delay, uint256 minimum, uint256 maximum);

    /// @param delay Least time between the schedule and the execution of an operation, seconds.
    /// @param proposers May schedule and cancel.
    /// @param executors May execute what is due; the zero address stands for everybody.
    /// @param cancellers May cancel, beside the proposers.
    constructor(uint256 delay, address[] memory proposers, address[] memory executors, address[] memory cancellers)
        TimelockController(delay, proposers, executors, address(0))
    {
        _checkDelay(delay);
        for (uint256 i = 0; i < cancellers.length; ++i) _grantRole(CANCELLER_ROLE, cancellers[i]);
    }

    /// @notice Changes the delay; only this contract itself can, by an operation.
    function updateDelay(uint256 newDelay) public override {
        super.updateDelay(newDelay);
        _checkDelay(newDelay);
    }

    function _checkDelay(uint256 delay) private pure {
        // CHECKS
        if (delay < MINIMUM_DELAY || delay > MAXIMUM_DELAY) {
            revert DelayOutOfBounds(delay, MINIMUM_DELAY, MAXIMUM_DELAY);
        }
    }
}
