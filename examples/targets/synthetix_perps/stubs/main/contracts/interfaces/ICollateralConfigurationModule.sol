// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Named by what is compiled, and not called.
interface ICollateralConfigurationModule {}
