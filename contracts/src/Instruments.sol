// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Holdings} from "./Holdings.sol";
import {Leg} from "./Offsets.sol";
import {Perpetuals} from "./Perpetuals.sol";
import {Marks} from "./Pricing.sol";
import {Ledger} from "./Records.sol";

/// @notice An account's standing at given marks; all numerators, exact.
/// @param equity Cash with interest, profit and loss of all positions, accrued funding and losses included, and tokens
/// at their maintenance weight.
/// @param cash Cash with interest, wei.
/// @param losses The negative profits and losses alone.
/// @param finalLosses Those of them in delisted markets.
/// @param initial Initial margin.
/// @param maintenance Maintenance margin.
/// @param fee Liquidation fee on the whole notional.
/// @param worth Tokens at their maintenance weight, as far as equity holds them.
/// @param initialWorth Tokens at their initial weight.
/// @param gross Maintenance margin before offsets.
/// @param legs The parts of the markets, in the order of their ids.
/// @param marks What it goes by.
struct Standing {
    int256 equity;
    int256 cash;
    int256 losses;
    int256 finalLosses;
    uint256 initial;
    uint256 maintenance;
    uint256 fee;
    uint256 worth;
    uint256 initialWorth;
    uint256 gross;
    Leg[] legs;
    Marks marks;
}

/// @title What accounts can hold. Each kind of instrument is a library with `contribute`, which adds to a standing what an
/// account's holdings of that kind are worth and require; margin tests know nothing else of them.
library Instruments {
    /// @notice Adds all instruments to a standing. Tokens come last: what counts as little without a price is judged by
    /// what the others require.
    function contribute(Ledger storage ledger, address account, Standing memory standing) internal view {
        Perpetuals.contribute(ledger, account, standing);
        Holdings.contribute(ledger, account, standing);
    }
}
