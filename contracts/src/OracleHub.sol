// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {LibCall} from "solady/src/utils/LibCall.sol";
import {AggregatorV3Interface} from "./interfaces/AggregatorV3Interface.sol";
import {IOracleHub, Purpose} from "./interfaces/IOracleHub.sol";

/// @title Reads several feeds for a price and answers with the median of those that can be trusted now.
/// @notice A feed does not count while its round is stale, not positive, incomplete, from the future, too large, or
/// cannot be read. Below the quorum the price reverts with the first feed's reason.
contract OracleHub is AccessControl, IOracleHub {
    struct Source {
        address feed;
        uint32 maxAge;
        uint32 liquidationMaxAge;
        uint8 decimals;
    }

    struct Round {
        uint256 roundId;
        int256 answer;
        uint256 startedAt;
        uint256 updatedAt;
        uint256 answeredInRound;
    }

    enum Reason {
        None,
        FeedUnreadable,
        IncompleteRound,
        NonPositiveAnswer,
        FutureRound,
        StalePrice,
        PriceTooLarge
    }

    /// @notice Most feeds for one price.
    uint256 public constant MAX_SOURCES = 5;
    /// @notice Highest price a feed may answer, WAD.
    uint256 public constant MAX_PRICE = 1e27;
    /// @dev A feed that needs more gas than this to answer is unreadable.
    uint256 private constant _READ_GAS = 200_000;

    mapping(bytes32 priceId => Source[]) private _sources;
    /// @notice How many feeds must be trusted for a price.
    mapping(bytes32 priceId => uint256) public quorumOf;

    /// @notice The feeds of a price changed.
    event PriceConfigured(bytes32 indexed priceId, address[] feeds, uint256 quorum);

    /// @notice A parameter of `configure` is out of bounds.
    error InvalidConfiguration(bytes32 priceId, bytes32 parameter);
    /// @notice No feeds are configured for the price.
    error UnknownPrice(bytes32 priceId);
    /// @notice The feed reverts, needs too much gas or answers with less than a round.
    error FeedUnreadable(bytes32 priceId, address feed);
    /// @notice The round has no timestamp or carries an older round's answer.
    error IncompleteRound(bytes32 priceId, address feed, uint256 roundId);
    /// @notice The answer is zero or negative.
    error NonPositiveAnswer(bytes32 priceId, address feed, int256 answer);
    /// @notice The round is stamped later than the block.
    error FutureRound(bytes32 priceId, address feed, uint256 updatedAt);
    /// @notice The round is older than the age limit.
    error StalePrice(bytes32 priceId, address feed, uint256 updatedAt, uint256 maxAge);
    /// @notice The answer exceeds `MAX_PRICE`.
    error PriceTooLarge(bytes32 priceId, address feed, int256 answer);

    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /// @notice Sets the feeds of a price; decimals are read from each feed and kept.
    /// @param feeds The feeds, in the order in which they are asked.
    /// @param maxAges Oldest round that counts, per feed: its heartbeat and a margin, seconds.
    /// @param liquidationMaxAges The same for liquidations; at least `maxAges`.
    /// @param quorum How many feeds must be trusted.
    function configure(
        bytes32 priceId,
        address[] calldata feeds,
        uint32[] calldata maxAges,
        uint32[] calldata liquidationMaxAges,
        uint256 quorum
    ) external onlyRole(DEFAULT_ADMIN_ROLE) {
        // CHECKS
        if (feeds.length == 0 || feeds.length > MAX_SOURCES) revert InvalidConfiguration(priceId, "feeds");
        if (maxAges.length != feeds.length) revert InvalidConfiguration(priceId, "maxAges");
        if (liquidationMaxAges.length != feeds.length) revert InvalidConfiguration(priceId, "liquidationMaxAges");
        if (quorum == 0 || quorum > feeds.length) revert InvalidConfiguration(priceId, "quorum");
        // EFFECTS
        delete _sources[priceId];
        for (uint256 i = 0; i < feeds.length; ++i) {
            if (liquidationMaxAges[i] < maxAges[i]) revert InvalidConfiguration(priceId, "liquidationMaxAges");
            for (uint256 j = 0; j < i; ++j) {
                if (feeds[j] == feeds[i]) revert InvalidConfiguration(priceId, "feeds");
            }
            uint8 decimals = AggregatorV3Interface(feeds[i]).decimals();
            if (decimals > 18) revert InvalidConfiguration(priceId, "decimals");
            _sources[priceId].push(Source(feeds[i], maxAges[i], liquidationMaxAges[i], decimals));
        }
        quorumOf[priceId] = quorum;
        // EVENTS
        emit PriceConfigured(priceId, feeds, quorum);
    }

    /// @inheritdoc IOracleHub
    /// @dev Median of an even count: the average of the two in the middle, rounded down.
    function price(bytes32 priceId, Purpose purpose) external view override returns (uint256) {
        // CHECKS
        Source[] storage sources = _sources[priceId];
        uint256 count = sources.length;
        if (count == 0) revert UnknownPrice(priceId);
        // PRICES
        uint256[] memory prices = new uint256[](count);
        uint256 trusted = 0;
        uint256 firstRefused = count;
        for (uint256 i = 0; i < count; ++i) {
            Source memory source = sources[i];
            (Round memory round, Reason reason) = _read(source, purpose);
            if (reason == Reason.None) {
                _insert(prices, trusted, _scaled(round.answer, source.decimals));
                trusted += 1;
            } else if (firstRefused == count) {
                firstRefused = i;
            }
        }
        if (trusted < quorumOf[priceId]) _refuse(priceId, sources[firstRefused], purpose);
        return _median(prices, trusted);
    }

    /// @inheritdoc IOracleHub
    function sourceCount(bytes32 priceId) external view override returns (uint256) {
        return _sources[priceId].length;
    }

    /// @notice One configured feed of a price.
    function sourceOf(bytes32 priceId, uint256 index) external view returns (Source memory) {
        return _sources[priceId][index];
    }

    /// @notice Whether the price can be read, and the reason of each feed that does not count.
    function reasonsOf(bytes32 priceId, Purpose purpose) external view returns (Reason[] memory reasons) {
        Source[] storage sources = _sources[priceId];
        reasons = new Reason[](sources.length);
        for (uint256 i = 0; i < reasons.length; ++i) {
            (, reasons[i]) = _read(sources[i], purpose);
        }
    }

    /// @dev The feed's latest round, and why it does not count (`None` where it does).
    function _read(Source memory source, Purpose purpose) private view returns (Round memory round, Reason reason) {
        (bool success,, bytes memory data) = LibCall.tryStaticCall(
            source.feed, _READ_GAS, 160, abi.encodeCall(AggregatorV3Interface.latestRoundData, ())
        );
        if (!success || data.length < 160) return (round, Reason.FeedUnreadable);
        round = abi.decode(data, (Round));
        if (round.updatedAt == 0 || round.answeredInRound < round.roundId) return (round, Reason.IncompleteRound);
        if (round.answer <= 0) return (round, Reason.NonPositiveAnswer);
        if (round.updatedAt > block.timestamp) return (round, Reason.FutureRound);
        if (block.timestamp - round.updatedAt > _maxAge(source, purpose)) return (round, Reason.StalePrice);
        if (uint256(round.answer) > MAX_PRICE / 10 ** (18 - source.decimals)) return (round, Reason.PriceTooLarge);
        return (round, Reason.None);
    }

    function _maxAge(Source memory source, Purpose purpose) private pure returns (uint256) {
        return purpose == Purpose.Liquidation ? source.liquidationMaxAge : source.maxAge;
    }

    /// @dev Exact: answers have at most 18 decimals.
    function _scaled(int256 answer, uint8 decimals) private pure returns (uint256) {
        return uint256(answer) * 10 ** (18 - decimals);
    }

    /// @dev Insertion into the first `count` prices, which stay sorted.
    function _insert(uint256[] memory prices, uint256 count, uint256 value) private pure {
        uint256 i = count;
        while (i > 0 && prices[i - 1] > value) {
            prices[i] = prices[i - 1];
            i -= 1;
        }
        prices[i] = value;
    }

    function _median(uint256[] memory prices, uint256 count) private pure returns (uint256) {
        uint256 middle = count / 2;
        if (count % 2 == 1) return prices[middle];
        return (prices[middle - 1] + prices[middle]) / 2;
    }

    function _refuse(bytes32 priceId, Source memory source, Purpose purpose) private view {
        (Round memory round, Reason reason) = _read(source, purpose);
        address feed = source.feed;
        if (reason == Reason.FeedUnreadable) revert FeedUnreadable(priceId, feed);
        if (reason == Reason.IncompleteRound) revert IncompleteRound(priceId, feed, round.roundId);
        if (reason == Reason.NonPositiveAnswer) revert NonPositiveAnswer(priceId, feed, round.answer);
        if (reason == Reason.FutureRound) revert FutureRound(priceId, feed, round.updatedAt);
        if (reason == Reason.StalePrice) {
            revert StalePrice(priceId, feed, round.updatedAt, _maxAge(source, purpose));
        }
        revert PriceTooLarge(priceId, feed, round.answer);
    }
}
