// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Administration} from "./Administration.sol";
import {AccountRecord, MarketRecord, Position, SystemRecord} from "./Records.sol";

/// @title Reads stored records of the clearing house in one call: no prices, no derived figures.
contract Lens {
    /// @notice The clearing house that is read.
    Administration public immutable house;

    constructor(Administration house_) {
        house = house_;
    }

    /// @notice The system's record, and those of accounts, markets and positions; `holders[i]` holds the position in
    /// `held[i]`.
    function records(
        address[] calldata accounts,
        uint256[] calldata markets,
        address[] calldata holders,
        uint256[] calldata held
    )
        external
        view
        returns (
            SystemRecord memory system,
            AccountRecord[] memory accountRecords,
            MarketRecord[] memory marketRecords,
            Position[] memory positions
        )
    {
        system = house.systemRecord();
        accountRecords = new AccountRecord[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            accountRecords[i] = house.accountRecord(accounts[i]);
        }
        marketRecords = new MarketRecord[](markets.length);
        for (uint256 i = 0; i < markets.length; ++i) {
            marketRecords[i] = house.marketRecord(markets[i]);
        }
        positions = new Position[](holders.length);
        for (uint256 i = 0; i < holders.length; ++i) {
            positions[i] = house.positionRecord(holders[i], held[i]);
        }
    }
}
