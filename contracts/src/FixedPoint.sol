// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Panic} from "@openzeppelin/contracts/utils/Panic.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Integer arithmetic with a named rounding direction.
/// @notice Exact amounts of money are "numerators": integers of 1e-36 wei, that is size (WAD) x price (WAD) x rate (WAD),
/// or wei x 1e36. They are added and compared without a rounding.
library FixedPoint {
    /// @notice One, for prices, sizes, rates and wei of the settlement token's WAD.
    uint256 internal constant WAD = 1e18;
    /// @notice One wei, as a numerator.
    uint256 internal constant WEI = 1e36;

    /// @notice x * y / denominator, rounded down; 512-bit intermediate; panics where the result leaves 256 bits.
    function mulDivDown(uint256 x, uint256 y, uint256 denominator) internal pure returns (uint256) {
        return Math.mulDiv(x, y, denominator);
    }

    /// @notice x * y / denominator, rounded up; 512-bit intermediate; panics where the result leaves 256 bits.
    function mulDivUp(uint256 x, uint256 y, uint256 denominator) internal pure returns (uint256) {
        return Math.mulDiv(x, y, denominator, Math.Rounding.Ceil);
    }

    /// @notice x * scale (WAD), rounded up.
    function scaleUp(uint256 x, uint256 scale) internal pure returns (uint256) {
        return scale == WAD ? x : mulDivUp(x, scale, WAD);
    }

    /// @notice numerator / denominator, rounded up.
    function divUp(uint256 numerator, uint256 denominator) internal pure returns (uint256) {
        return Math.ceilDiv(numerator, denominator);
    }

    /// @notice numerator / denominator, rounded toward negative infinity.
    function floorDiv(int256 numerator, uint256 denominator) internal pure returns (int256) {
        if (numerator >= 0) return int256(uint256(numerator) / denominator);
        return -int256(Math.ceilDiv(absolute(numerator), denominator));
    }

    /// @notice x * y / denominator of a signed x, rounded toward negative infinity; 512-bit intermediate.
    function mulDivFloor(int256 x, uint256 y, uint256 denominator) internal pure returns (int256) {
        if (x >= 0) return toInt256(mulDivDown(uint256(x), y, denominator));
        return -toInt256(mulDivUp(absolute(x), y, denominator));
    }

    /// @notice Whether a * x >= b * y, exactly, for signed a and b.
    function productAtLeast(int256 a, uint256 x, int256 b, uint256 y) internal pure returns (bool) {
        if (a >= 0 && b < 0) return true;
        if (a < 0 && b >= 0) return false;
        (uint256 leftHigh, uint256 leftLow) = Math.mul512(absolute(a), x);
        (uint256 rightHigh, uint256 rightLow) = Math.mul512(absolute(b), y);
        if (a < 0) {
            (leftHigh, leftLow, rightHigh, rightLow) = (rightHigh, rightLow, leftHigh, leftLow);
        }
        return leftHigh > rightHigh || (leftHigh == rightHigh && leftLow >= rightLow);
    }

    /// @notice |x|.
    function absolute(int256 x) internal pure returns (uint256) {
        return x < 0 ? uint256(-x) : uint256(x);
    }

    /// @notice x as a signed integer; panics (0x11) where it does not fit.
    function toInt256(uint256 x) internal pure returns (int256) {
        if (x > uint256(type(int256).max)) Panic.panic(Panic.UNDER_OVERFLOW);
        return int256(x);
    }

    /// @notice x limited to -bound .. bound.
    function clamp(int256 x, uint256 bound) internal pure returns (int256) {
        if (x > int256(bound)) return int256(bound);
        if (x < -int256(bound)) return -int256(bound);
        return x;
    }
}
