// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Panic} from "@openzeppelin/contracts/utils/Panic.sol";
import {LibCall} from "solady/src/utils/LibCall.sol";
import {AggregatorV3Interface} from "./interfaces/AggregatorV3Interface.sol";
import {IOracleHub, Purpose} from "./interfaces/IOracleHub.sol";
import {PricePolicy, Prices, Reason, Reducer, Round, Rules} from "./PricePolicy.sol";

/// @title Reads several feeds for a price and makes one of those that can be trusted now.
/// @notice A feed does not count while its round is stale, not positive, incomplete, from the future, too large,
/// outside its bounds, or cannot be read. Below the quorum the price reverts with the first feed's reason. A price can
/// be held against another one and against the last that was recorded, and while a sequencer is down there is none.
contract OracleHub is AccessControl, IOracleHub {
    struct Source {
        address feed;
        uint32 maxAge;
        uint32 liquidationMaxAge;
        uint8 decimals;
        Rules rules;
    }

    /// @dev As a source is stored: what most reads need is in one slot.
    struct StoredSource {
        address feed;
        uint32 maxAge;
        uint32 liquidationMaxAge;
        uint8 decimals;
        bool hasRules; // whether any of them differs from the strict ones
        Rules rules;
    }

    struct Policy {
        Reducer reducer;
        uint8 lenient; // bit of each purpose that has the longer age limit
        uint32 maxDeviation; // from the anchor, millionths of it; 0 where there is no anchor
        uint32 maxStep; // from the price recorded last, millionths of it; 0 for any
        bytes32 anchor; // another price
    }

    struct Sequencer {
        address feed; // none: the zero address
        uint32 grace; // seconds after it came up
        uint8 purposes; // bit of each purpose that waits for it
        bool byUpdate; // since `updatedAt` rather than `startedAt`
    }

    /// @notice Most feeds for one price.
    uint256 public constant MAX_SOURCES = 5;
    /// @notice Highest price a feed may answer, WAD.
    uint256 public constant MAX_PRICE = PricePolicy.MAX_PRICE;
    /// @dev A feed that needs more gas than this to answer is unreadable.
    uint256 private constant _READ_GAS = 200_000;
    /// @dev Purposes with the longer age limit where nothing else is set.
    uint8 private constant _LENIENT = uint8((1 << uint8(Purpose.Liquidation)) | (1 << uint8(Purpose.Settle)));
    /// @dev Bits of all purposes.
    uint8 private constant _PURPOSES = uint8((1 << (uint8(type(Purpose).max) + 1)) - 1);

    /// @dev How a price is made; the first slot is all that most reads need.
    struct Settings {
        uint8 count;
        uint8 quorum;
        Reducer reducer;
        uint8 lenient;
        uint32 maxDeviation;
        uint32 maxStep;
        bytes32 anchor;
        StoredSource[MAX_SOURCES] sources;
    }

    mapping(bytes32 priceId => Settings) private _settings;
    /// @notice The price recorded last, WAD; 0 for none.
    mapping(bytes32 priceId => uint256) public recordedOf;
    Sequencer private _sequencer;

    /// @notice The feeds of a price changed; its policy is the default again.
    event PriceConfigured(bytes32 indexed priceId, address[] feeds, uint256 quorum);
    /// @notice The rules of one feed of a price changed.
    event RulesSet(bytes32 indexed priceId, uint256 index, Rules rules);
    /// @notice The policy of a price changed.
    event PolicySet(bytes32 indexed priceId, Policy policy);
    /// @notice The sequencer that prices wait for changed.
    event SequencerSet(Sequencer sequencer);
    /// @notice A price was recorded, or forgotten where it is 0.
    event PriceRecorded(bytes32 indexed priceId, uint256 price);

    /// @notice A parameter of `configure`, `setRules`, `setPolicy` or `setSequencer` is out of bounds.
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
    /// @notice The answer lies outside the bounds that the hub has for the feed.
    error AnswerOutsideBounds(bytes32 priceId, address feed, int256 answer);
    /// @notice The price is too far from its anchor.
    error DeviationTooLarge(bytes32 priceId, uint256 price, uint256 anchor);
    /// @notice The price is too far from the one recorded last.
    error StepTooLarge(bytes32 priceId, uint256 price, uint256 recorded);
    /// @notice The sequencer's feed cannot be read or was never written.
    error SequencerUnreadable(address feed);
    /// @notice The sequencer is down.
    error SequencerDown(address feed);
    /// @notice The sequencer came up too short a while ago.
    error SequencerInGrace(address feed, uint256 since, uint256 grace);

    constructor(address admin) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    /// @notice Sets the feeds of a price; decimals are read from each feed and kept.
    /// @param feeds The feeds, in the order in which they are asked.
    /// @param maxAges Oldest round that counts, per feed: its heartbeat and a margin, seconds; 2^32 - 1 for any.
    /// @param liquidationMaxAges The same for liquidating and settling; at least `maxAges`.
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
        Settings storage settings = _settings[priceId];
        Rules memory strict;
        for (uint256 i = 0; i < feeds.length; ++i) {
            if (liquidationMaxAges[i] < maxAges[i]) revert InvalidConfiguration(priceId, "liquidationMaxAges");
            for (uint256 j = 0; j < i; ++j) {
                if (feeds[j] == feeds[i]) revert InvalidConfiguration(priceId, "feeds");
            }
            uint8 decimals = AggregatorV3Interface(feeds[i]).decimals();
            if (decimals > 18) revert InvalidConfiguration(priceId, "decimals");
            settings.sources[i] =
                StoredSource(feeds[i], maxAges[i], liquidationMaxAges[i], decimals, false, strict);
        }
        settings.count = uint8(feeds.length);
        settings.quorum = uint8(quorum);
        _storePolicy(settings, Policy(Reducer.Median, _LENIENT, 0, 0, 0));
        // EVENTS
        emit PriceConfigured(priceId, feeds, quorum);
    }

    /// @notice Sets how the rounds of one feed of a price are judged.
    function setRules(bytes32 priceId, uint256 index, Rules calldata rules) external onlyRole(DEFAULT_ADMIN_ROLE) {
        // CHECKS
        Settings storage settings = _settings[priceId];
        if (index >= settings.count) revert InvalidConfiguration(priceId, "index");
        if (rules.minAnswer < 0) revert InvalidConfiguration(priceId, "minAnswer");
        if (rules.maxAnswer != 0 && rules.maxAnswer < rules.minAnswer) {
            revert InvalidConfiguration(priceId, "maxAnswer");
        }
        // EFFECTS
        settings.sources[index].rules = rules;
        settings.sources[index].hasRules = true;
        // EVENTS
        emit RulesSet(priceId, index, rules);
    }

    /// @notice Sets how the prices of several feeds become one, and what it is held against.
    function setPolicy(bytes32 priceId, Policy calldata policy) external onlyRole(DEFAULT_ADMIN_ROLE) {
        // CHECKS
        if (_settings[priceId].count == 0) revert UnknownPrice(priceId);
        if (policy.lenient > _PURPOSES) revert InvalidConfiguration(priceId, "lenient");
        if (policy.maxDeviation != 0) {
            if (policy.anchor == priceId) revert InvalidConfiguration(priceId, "anchor");
            if (_settings[policy.anchor].count == 0) revert UnknownPrice(policy.anchor);
        }
        // EFFECTS
        _storePolicy(_settings[priceId], policy);
        // EVENTS
        emit PolicySet(priceId, policy);
    }

    /// @notice Sets whose uptime prices wait for.
    function setSequencer(Sequencer calldata sequencer) external onlyRole(DEFAULT_ADMIN_ROLE) {
        // CHECKS
        if (sequencer.purposes > _PURPOSES) revert InvalidConfiguration(0, "purposes");
        // EFFECTS
        _sequencer = sequencer;
        // EVENTS
        emit SequencerSet(sequencer);
    }

    /// @notice Keeps the present price, which later ones are held against; anybody may.
    function record(bytes32 priceId) external returns (uint256 recorded) {
        // PRICES
        recorded = price(priceId, Purpose.Trade);
        // EFFECTS
        recordedOf[priceId] = recorded;
        // EVENTS
        emit PriceRecorded(priceId, recorded);
    }

    /// @notice Forgets the price recorded last, so that any is taken next.
    function forget(bytes32 priceId) external onlyRole(DEFAULT_ADMIN_ROLE) {
        // EFFECTS
        recordedOf[priceId] = 0;
        // EVENTS
        emit PriceRecorded(priceId, 0);
    }

    /// @inheritdoc IOracleHub
    function price(bytes32 priceId, Purpose purpose) public view override returns (uint256 result) {
        // CHECKS
        _checkSequencer(purpose);
        // PRICES
        result = _reduced(priceId, purpose);
        Settings storage settings = _settings[priceId];
        if (settings.maxDeviation != 0) {
            uint256 anchor = _reduced(settings.anchor, purpose);
            if (PricePolicy.deviates(result, anchor, settings.maxDeviation)) {
                revert DeviationTooLarge(priceId, result, anchor);
            }
        }
        if (settings.maxStep == 0) return result;
        uint256 recorded = recordedOf[priceId];
        if (recorded != 0 && PricePolicy.deviates(result, recorded, settings.maxStep)) {
            revert StepTooLarge(priceId, result, recorded);
        }
    }

    /// @inheritdoc IOracleHub
    function sourceCount(bytes32 priceId) external view override returns (uint256) {
        return _settings[priceId].count;
    }

    /// @notice How many feeds must be trusted for a price.
    function quorumOf(bytes32 priceId) external view returns (uint256) {
        return _settings[priceId].quorum;
    }

    /// @notice One configured feed of a price.
    function sourceOf(bytes32 priceId, uint256 index) external view returns (Source memory) {
        Settings storage settings = _settings[priceId];
        if (index >= settings.count) Panic.panic(Panic.ARRAY_OUT_OF_BOUNDS);
        StoredSource storage source = settings.sources[index];
        return Source(source.feed, source.maxAge, source.liquidationMaxAge, source.decimals, source.rules);
    }

    /// @notice The policy of a price.
    function policyOf(bytes32 priceId) external view returns (Policy memory) {
        Settings storage settings = _settings[priceId];
        return Policy(
            settings.reducer, settings.lenient, settings.maxDeviation, settings.maxStep, settings.anchor
        );
    }

    /// @notice Whose uptime prices wait for.
    function sequencerUptime() external view returns (Sequencer memory) {
        return _sequencer;
    }

    /// @notice The reason of each feed that does not count, 0 of each that does.
    function reasonsOf(bytes32 priceId, Purpose purpose) external view returns (Reason[] memory reasons) {
        Settings storage settings = _settings[priceId];
        reasons = new Reason[](settings.count);
        for (uint256 i = 0; i < reasons.length; ++i) {
            StoredSource storage source = settings.sources[i];
            (, reasons[i]) = _read(source, _maxAge(source, settings.lenient, purpose));
        }
    }

    /// @dev One price of the feeds that count, whatever it is held against.
    function _reduced(bytes32 priceId, Purpose purpose) private view returns (uint256) {
        // CHECKS
        Settings storage settings = _settings[priceId];
        uint256 count = settings.count;
        if (count == 0) revert UnknownPrice(priceId);
        // PRICES
        Prices memory prices = Prices(new uint256[](count), new uint256[](count), 0);
        uint256 firstRefused = count;
        for (uint256 i = 0; i < count; ++i) {
            StoredSource storage source = settings.sources[i];
            (Round memory round, Reason reason) = _read(source, _maxAge(source, settings.lenient, purpose));
            if (reason == Reason.None) {
                PricePolicy.add(prices, _scaled(round.answer, source.decimals), round.updatedAt);
            } else if (firstRefused == count) {
                firstRefused = i;
            }
        }
        if (prices.count < settings.quorum) {
            StoredSource storage refused = settings.sources[firstRefused];
            _refuse(priceId, refused, _maxAge(refused, settings.lenient, purpose));
        }
        return PricePolicy.reduced(prices, settings.reducer);
    }

    /// @dev The feed's latest round, and why it does not count (`None` where it does).
    function _read(StoredSource storage source, uint256 maxAge)
        private
        view
        returns (Round memory round, Reason reason)
    {
        bool success;
        (success, round) = _latestRound(source.feed);
        if (!success) return (round, Reason.FeedUnreadable);
        Rules memory rules;
        if (source.hasRules) rules = source.rules;
        reason = PricePolicy.refusal(round, source.decimals, maxAge, rules);
    }

    function _storePolicy(Settings storage settings, Policy memory policy) private {
        // EFFECTS
        settings.reducer = policy.reducer;
        settings.lenient = policy.lenient;
        settings.maxDeviation = policy.maxDeviation;
        settings.maxStep = policy.maxStep;
        settings.anchor = policy.anchor;
    }

    /// @dev A feed's latest round; no success where it reverts, needs too much gas or answers with less.
    function _latestRound(address feed) private view returns (bool success, Round memory round) {
        bytes memory data;
        (success,, data) =
            LibCall.tryStaticCall(feed, _READ_GAS, 160, abi.encodeCall(AggregatorV3Interface.latestRoundData, ()));
        success = success && data.length >= 160;
        if (success) round = abi.decode(data, (Round));
    }

    /// @dev Reverts while the sequencer is down or was until a short while ago, for the purposes that wait for it.
    function _checkSequencer(Purpose purpose) private view {
        // CHECKS
        if (_sequencer.feed == address(0)) return;
        Sequencer memory sequencer = _sequencer;
        if (sequencer.purposes & (1 << uint8(purpose)) == 0) return;
        (bool success, Round memory round) = _latestRound(sequencer.feed);
        uint256 since = sequencer.byUpdate ? round.updatedAt : round.startedAt;
        if (!success || since == 0) revert SequencerUnreadable(sequencer.feed);
        if (round.answer != 0) revert SequencerDown(sequencer.feed);
        if (since > block.timestamp || block.timestamp - since <= sequencer.grace) {
            revert SequencerInGrace(sequencer.feed, since, sequencer.grace);
        }
    }

    function _maxAge(StoredSource storage source, uint8 lenient, Purpose purpose) private view returns (uint256) {
        return lenient & (1 << uint8(purpose)) == 0 ? source.maxAge : source.liquidationMaxAge;
    }

    /// @dev Exact: answers have at most 18 decimals.
    function _scaled(int256 answer, uint8 decimals) private pure returns (uint256) {
        return uint256(answer) * 10 ** (18 - decimals);
    }

    function _refuse(bytes32 priceId, StoredSource storage source, uint256 maxAge) private view {
        (Round memory round, Reason reason) = _read(source, maxAge);
        address feed = source.feed;
        if (reason == Reason.FeedUnreadable) revert FeedUnreadable(priceId, feed);
        if (reason == Reason.IncompleteRound) revert IncompleteRound(priceId, feed, round.roundId);
        if (reason == Reason.NonPositiveAnswer) revert NonPositiveAnswer(priceId, feed, round.answer);
        if (reason == Reason.FutureRound) revert FutureRound(priceId, feed, round.updatedAt);
        if (reason == Reason.StalePrice) revert StalePrice(priceId, feed, round.updatedAt, maxAge);
        if (reason == Reason.AnswerOutsideBounds) revert AnswerOutsideBounds(priceId, feed, round.answer);
        revert PriceTooLarge(priceId, feed, round.answer);
    }
}
