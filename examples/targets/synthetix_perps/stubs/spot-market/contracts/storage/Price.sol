// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title How old a price may be.
library Price {
    enum Tolerance {
        DEFAULT,
        STRICT,
        ONE_MONTH
    }
}
