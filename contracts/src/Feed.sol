// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {AggregatorV3Interface} from "./interfaces/AggregatorV3Interface.sol";

/// @title A price feed that stores rounds as Chainlink's aggregators do.
/// @notice A round id carries the phase in its upper bits; an answer outside the feed's bounds is refused, so the old
/// answer and its old timestamp stay; a round that was never written reads as zeros.
contract Feed is AccessControl, AggregatorV3Interface {
    struct Round {
        int192 answer;
        uint32 startedAt;
        uint32 updatedAt;
    }

    /// @notice Who may write rounds.
    bytes32 public constant TRANSMITTER_ROLE = keccak256("TRANSMITTER_ROLE");

    /// @inheritdoc AggregatorV3Interface
    uint256 public constant override version = 1;
    /// @inheritdoc AggregatorV3Interface
    uint8 public immutable override decimals;
    /// @notice Lowest answer that is stored, in the feed's decimals.
    int192 public immutable minAnswer;
    /// @notice Highest answer that is stored, in the feed's decimals.
    int192 public immutable maxAnswer;
    /// @inheritdoc AggregatorV3Interface
    string public override description;

    /// @notice The current phase, the upper 16 bits of a round id.
    uint16 public phaseId;
    /// @notice The latest round of the current phase, the lower 64 bits of a round id; 0 before its first answer.
    uint64 public aggregatorRoundId;
    mapping(uint80 roundId => Round) private _rounds;

    /// @notice A round was stored.
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);
    /// @notice A new phase began; until its first answer the latest round is incomplete.
    event PhaseStarted(uint16 indexed phaseId);

    /// @notice The answer lies outside the feed's bounds and was not stored.
    error AnswerOutOfBounds(int192 answer, int192 minAnswer, int192 maxAnswer);
    /// @notice The observation lies after the block.
    error ObservationInFuture(uint32 observedAt, uint256 blockTime);

    constructor(
        address admin,
        address transmitter,
        uint8 decimals_,
        string memory description_,
        uint16 firstPhase,
        int192 minAnswer_,
        int192 maxAnswer_
    ) {
        decimals = decimals_;
        description = description_;
        phaseId = firstPhase;
        minAnswer = minAnswer_;
        maxAnswer = maxAnswer_;
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(TRANSMITTER_ROLE, transmitter);
    }

    /// @notice Stores the next round: `updatedAt` is the block's time, `startedAt` the time of observation.
    /// @param answer The answer in the feed's decimals.
    /// @param observedAt When the nodes observed it, unix seconds.
    function transmit(int192 answer, uint32 observedAt) external onlyRole(TRANSMITTER_ROLE) returns (uint80 roundId) {
        // CHECKS
        if (answer < minAnswer || answer > maxAnswer) revert AnswerOutOfBounds(answer, minAnswer, maxAnswer);
        if (observedAt > block.timestamp) revert ObservationInFuture(observedAt, block.timestamp);
        // EFFECTS
        aggregatorRoundId += 1;
        roundId = _latestRoundId();
        _rounds[roundId] = Round(answer, observedAt, uint32(block.timestamp));
        // EVENTS
        emit AnswerUpdated(answer, roundId, block.timestamp);
    }

    /// @notice Begins the next phase, as a proxy does when its aggregator is replaced.
    function startPhase() external onlyRole(DEFAULT_ADMIN_ROLE) {
        // EFFECTS
        phaseId += 1;
        aggregatorRoundId = 0;
        // EVENTS
        emit PhaseStarted(phaseId);
    }

    /// @inheritdoc AggregatorV3Interface
    function getRoundData(uint80 roundId) public view override returns (uint80, int256, uint256, uint256, uint80) {
        Round storage round = _rounds[roundId];
        return (roundId, round.answer, round.startedAt, round.updatedAt, roundId);
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData() external view override returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(_latestRoundId());
    }

    function _latestRoundId() private view returns (uint80) {
        return (uint80(phaseId) << 64) | aggregatorRoundId;
    }
}
