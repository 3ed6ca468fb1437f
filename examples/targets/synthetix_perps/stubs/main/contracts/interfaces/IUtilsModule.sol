// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {INodeModule} from "@synthetixio/oracle-manager/contracts/interfaces/INodeModule.sol";

/// @title What the market's factory names of it; the harness calls none.
interface IUtilsModule {
    function getOracleManager() external view returns (INodeModule oracle);
}
