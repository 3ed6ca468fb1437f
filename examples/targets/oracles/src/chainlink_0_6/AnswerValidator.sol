// SPDX-License-Identifier: MIT
pragma solidity 0.6.6;

/// A validator of answers that accepts, reverts, never ends, or answers with no data at all.
contract AnswerValidator {
    uint256 public mode;
    uint256 public validated;

    event Validated(
        uint256 previousRoundId,
        int256 previousAnswer,
        uint256 currentRoundId,
        int256 currentAnswer
    );

    function setMode(uint256 mode_) external {
        mode = mode_;
    }

    function validate(
        uint256 previousRoundId,
        int256 previousAnswer,
        uint256 currentRoundId,
        int256 currentAnswer
    ) external returns (bool) {
        validated += 1;
        emit Validated(previousRoundId, previousAnswer, currentRoundId, currentAnswer);
        require(mode != 1, "refused");
        while (mode == 2) {}
        if (mode == 3) {
            assembly {
                return(0, 0)
            }
        }
        return true;
    }
}
