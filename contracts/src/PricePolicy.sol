// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice A price round as `AggregatorV3Interface` hands it out, in words that nothing can fail to decode.
struct Round {
    uint256 roundId;
    int256 answer;
    uint256 startedAt;
    uint256 updatedAt;
    uint256 answeredInRound;
}

/// @notice Why a feed does not count.
enum Reason {
    None,
    FeedUnreadable,
    IncompleteRound,
    NonPositiveAnswer,
    FutureRound,
    StalePrice,
    PriceTooLarge,
    AnswerOutsideBounds
}

/// @notice How the prices of several feeds become one.
enum Reducer {
    Median, // of an even count the average of the two in the middle, rounded down
    UpperMedian, // of an even count the higher of the two
    Mean, // rounded down
    Min,
    Max,
    Recent, // the latest update; of equal ones the first
    First // the first feed that counts: a chain of fallbacks
}

/// @notice How the rounds of one feed are judged. All zero: as strictly as can be, without bounds.
struct Rules {
    bool ageIsExclusive; // a round as old as its limit is stale
    bool zeroCounts; // an answer of 0 counts; no market may use such a price
    bool anyRound; // a round without a time, or with an older round's answer, counts
    bool futurePanics; // the age of a round of the future underflows, and the whole read reverts with it
    uint32 maxAhead; // how far in the future a round may be, seconds; its age is 0; 2^32 - 1 for any
    int192 minAnswer; // answers below it do not count
    int192 maxAnswer; // nor those above it; 0 for none
}

/// @notice The prices of the feeds that count, WAD, with the times of their updates, in the order of the feeds.
struct Prices {
    uint256[] values;
    uint256[] times;
    uint256 count;
}

/// @title What of a round and of several prices is the same wherever they come from.
library PricePolicy {
    /// @notice Highest price a feed may answer, WAD.
    uint256 internal constant MAX_PRICE = 1e27;
    /// @notice A limit in seconds that no round exceeds.
    uint256 internal constant NO_LIMIT = type(uint32).max;
    uint256 private constant _MILLION = 1e6;

    /// @notice Why a round does not count; the first reason that holds. Ages in seconds.
    function refusal(Round memory round, uint8 decimals, uint256 maxAge, Rules memory rules)
        internal
        view
        returns (Reason)
    {
        if (!rules.anyRound && (round.updatedAt == 0 || round.answeredInRound < round.roundId)) {
            return Reason.IncompleteRound;
        }
        if (round.answer < 0 || (round.answer == 0 && !rules.zeroCounts)) return Reason.NonPositiveAnswer;
        if (!rules.futurePanics && isAhead(round.updatedAt, rules.maxAhead)) return Reason.FutureRound;
        if (maxAge != NO_LIMIT && isStale(round.updatedAt, maxAge, rules)) return Reason.StalePrice;
        if (round.answer < rules.minAnswer) return Reason.AnswerOutsideBounds;
        if (rules.maxAnswer != 0 && round.answer > rules.maxAnswer) return Reason.AnswerOutsideBounds;
        if (uint256(round.answer) > MAX_PRICE / 10 ** (18 - decimals)) return Reason.PriceTooLarge;
        return Reason.None;
    }

    /// @notice Whether an update is further in the future than it may be.
    function isAhead(uint256 updatedAt, uint256 maxAhead) internal view returns (bool) {
        return updatedAt > block.timestamp && maxAhead != NO_LIMIT && updatedAt - block.timestamp > maxAhead;
    }

    /// @notice Whether an update is older than the limit, or as old where the rules say so.
    function isStale(uint256 updatedAt, uint256 maxAge, Rules memory rules) internal view returns (bool) {
        if (updatedAt > block.timestamp && !rules.futurePanics) return false;
        uint256 age = block.timestamp - updatedAt;
        return age > maxAge || (rules.ageIsExclusive && age == maxAge);
    }

    /// @notice Puts one more price behind the others.
    function add(Prices memory prices, uint256 value, uint256 time) internal pure {
        prices.values[prices.count] = value;
        prices.times[prices.count] = time;
        prices.count += 1;
    }

    /// @notice One price of several, of which there is one at least.
    function reduced(Prices memory prices, Reducer reducer) internal pure returns (uint256) {
        uint256[] memory values = prices.values;
        uint256 count = prices.count;
        if (reducer == Reducer.First) return values[0];
        if (reducer == Reducer.Recent) return latest(prices);
        if (reducer == Reducer.Mean) return mean(values, count);
        sort(values, count);
        if (reducer == Reducer.Min) return values[0];
        if (reducer == Reducer.Max) return values[count - 1];
        if (reducer == Reducer.UpperMedian || count % 2 == 1) return values[count / 2];
        return (values[count / 2 - 1] + values[count / 2]) / 2;
    }

    /// @notice The price of the latest update; of equal ones the first.
    function latest(Prices memory prices) internal pure returns (uint256) {
        uint256 best = 0;
        for (uint256 i = 1; i < prices.count; ++i) {
            if (prices.times[i] > prices.times[best]) best = i;
        }
        return prices.values[best];
    }

    /// @notice The mean of the first `count` values, rounded down.
    function mean(uint256[] memory values, uint256 count) internal pure returns (uint256) {
        uint256 sum = 0;
        for (uint256 i = 0; i < count; ++i) {
            sum += values[i];
        }
        return sum / count;
    }

    /// @notice Sorts the first `count` values, by insertion.
    function sort(uint256[] memory values, uint256 count) internal pure {
        for (uint256 i = 1; i < count; ++i) {
            uint256 value = values[i];
            uint256 j = i;
            while (j > 0 && values[j - 1] > value) {
                values[j] = values[j - 1];
                j -= 1;
            }
            values[j] = value;
        }
    }

    /// @notice Whether a price is further from another than so many millionths of that one.
    function deviates(uint256 price, uint256 base, uint256 millionths) internal pure returns (bool) {
        uint256 gap = price > base ? price - base : base - price;
        return gap * _MILLION > base * millionths;
    }
}
