// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A dollar token with six decimals and a faucet, for simulation.
contract SettlementToken is ERC20 {
    constructor() ERC20("Settlement Dollar", "USDS") {}

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /// @notice Mints `amounts[i]` to `holders[i]` and lets `spender` move all that each of them holds.
    function faucet(address[] calldata holders, uint256[] calldata amounts, address spender) external {
        // EFFECTS
        for (uint256 i = 0; i < holders.length; ++i) {
            _mint(holders[i], amounts[i]);
            _approve(holders[i], spender, type(uint256).max);
        }
    }
}
