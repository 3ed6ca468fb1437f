// SPDX-License-Identifier: MIT
pragma solidity =0.7.6;
pragma abicoder v2;

import {FullMath} from "@uniswap/v3-core/contracts/libraries/FullMath.sol";
import {TickMath} from "@uniswap/v3-core/contracts/libraries/TickMath.sol";
import {OracleLibrary} from "@uniswap/v3-periphery/contracts/libraries/OracleLibrary.sol";

/// @title Uniswap's tick libraries, and a pool whose accumulators a call sets.
contract TickDesk {
    int56[] private _tickCumulatives = [int56(0), int56(0)];

    /// What a pool answers: here the ticks that were set, and a second of liquidity between them.
    function observe(uint32[] calldata) external view returns (int56[] memory, uint160[] memory) {
        uint160[] memory secondsPerLiquidity = new uint160[](2);
        secondsPerLiquidity[1] = 1;
        return (_tickCumulatives, secondsPerLiquidity);
    }

    function meanTick(int56 before, int56 afterwards, uint32 secondsAgo) external returns (int24 tick) {
        _tickCumulatives[0] = before;
        _tickCumulatives[1] = afterwards;
        (tick,) = OracleLibrary.consult(address(this), secondsAgo);
    }

    function sqrtRatioAtTick(int24 tick) external returns (uint160) {
        return TickMath.getSqrtRatioAtTick(tick);
    }

    function tickAtSqrtRatio(uint160 sqrtPriceX96) external returns (int24) {
        return TickMath.getTickAtSqrtRatio(sqrtPriceX96);
    }

    function quoteAtTick(int24 tick, uint128 baseAmount, bool baseIsToken0)
        external
        returns (uint256)
    {
        (address base, address quote) =
            baseIsToken0 ? (address(1), address(2)) : (address(2), address(1));
        return OracleLibrary.getQuoteAtTick(tick, baseAmount, base, quote);
    }

    function mulDiv(uint256 a, uint256 b, uint256 denominator) external returns (uint256) {
        return FullMath.mulDiv(a, b, denominator);
    }
}
