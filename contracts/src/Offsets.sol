// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FixedPoint} from "./FixedPoint.sol";
import {Ramp} from "./Ramp.sol";
import {Ledger, OffsetPair, OffsetRamp} from "./Records.sol";

/// @notice One market's part of an account's requirements: size and mark WAD, the others numerators.
struct Leg {
    uint256 marketId;
    int256 size;
    uint256 mark;
    uint256 initial;
    uint256 maintenance;
    uint256 fee;
}

/// @title Offsets between positively correlated markets: what opposite positions forgive each other.
library Offsets {
    /// @notice Initial margin of all legs after offsets; a numerator.
    function initialOf(Ledger storage ledger, Leg[] memory legs) internal view returns (uint256) {
        // MARGIN
        uint256[] memory amounts = new uint256[](legs.length);
        for (uint256 i = 0; i < legs.length; ++i) {
            amounts[i] = legs[i].initial;
        }
        return rampedOf(ledger, legs, amounts);
    }

    /// @notice Maintenance margin of all legs after offsets; a numerator.
    function maintenanceOf(Ledger storage ledger, Leg[] memory legs) internal view returns (uint256) {
        // MARGIN
        uint256[] memory amounts = new uint256[](legs.length);
        for (uint256 i = 0; i < legs.length; ++i) {
            amounts[i] = legs[i].maintenance;
        }
        return rampedOf(ledger, legs, amounts);
    }

    /// @notice The sum of the legs' amounts after offsets; while these ramp, on its way from what the previous ones leave
    /// to what the present ones do.
    function rampedOf(Ledger storage ledger, Leg[] memory legs, uint256[] memory amounts)
        internal
        view
        returns (uint256 net)
    {
        // MARGIN
        OffsetRamp storage ramp = ledger.offsetRamp;
        if (block.timestamp >= ramp.rampEnd) return netOf(ledger.offsets, ledger.risk.offsetFloor, legs, amounts);
        uint256[] memory copies = new uint256[](amounts.length);
        for (uint256 i = 0; i < amounts.length; ++i) {
            copies[i] = amounts[i];
        }
        net = netOf(ledger.offsets, ledger.risk.offsetFloor, legs, amounts);
        uint256 before = netOf(ramp.pairs, ramp.floor, legs, copies);
        return Ramp.between(before, net, ramp.rampStart, ramp.rampEnd);
    }

    /// @notice The sum of the legs' amounts less the credits of opposite pairs, at least the floor's share of the sum,
    /// which is rounded up (SPAN's inter-commodity credit). Each pair forgives its rate x the smaller of what is left of
    /// both amounts, rounded down, and uses that up. Pairs come by falling rate: so a requirement never falls when a leg
    /// grows.
    function netOf(OffsetPair[] storage pairs, uint256 floor, Leg[] memory legs, uint256[] memory amounts)
        internal
        view
        returns (uint256 net)
    {
        // MARGIN
        for (uint256 i = 0; i < amounts.length; ++i) {
            net += amounts[i];
        }
        uint256 count = pairs.length;
        if (count == 0) return net;
        uint256 least = FixedPoint.mulDivUp(net, floor, FixedPoint.WAD);
        for (uint256 i = 0; i < count; ++i) {
            net -= creditOf(pairs[i], legs, amounts);
        }
        if (net < least) net = least;
    }

    /// @notice What a pair forgives, and uses up of both legs' amounts; 0 unless the legs are opposite.
    function creditOf(OffsetPair memory pair, Leg[] memory legs, uint256[] memory amounts)
        internal
        pure
        returns (uint256)
    {
        // MARGIN
        uint256 first = indexOf(legs, pair.first);
        uint256 second = indexOf(legs, pair.second);
        if (first == legs.length || second == legs.length) return 0;
        if (legs[first].size > 0 == legs[second].size > 0) return 0;
        uint256 smaller = amounts[first] < amounts[second] ? amounts[first] : amounts[second];
        amounts[first] -= smaller;
        amounts[second] -= smaller;
        return FixedPoint.mulDivDown(smaller, pair.rate, FixedPoint.WAD);
    }

    /// @notice Where a market's open position is among the legs; their number where there is none.
    function indexOf(Leg[] memory legs, uint256 marketId) internal pure returns (uint256 index) {
        while (index < legs.length && (legs[index].marketId != marketId || legs[index].size == 0)) {
            index += 1;
        }
    }
}
