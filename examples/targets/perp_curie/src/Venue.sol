// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

interface IBalances {
    function settleOwedRealizedPnl(address trader) external returns (int256);
    function getMarginRequirementForLiquidation(address trader) external view returns (int256);
    function getLiquidatablePositionSize(address trader, address token, int256 accountValue)
        external
        view
        returns (int256);
}

/// @title What AccountBalance asks of an order book, an exchange, a price feed and a vault: all of
/// it numbers that anybody may set. And the clearing house's question before a liquidation.
contract Venue {
    struct Side {
        uint256 inPool;
        uint256 debt;
    }

    address public immutable getExchange = address(this);
    uint8 public constant decimals = 8;

    /// Square root of the market price times 2^96, by token and seconds of averaging.
    mapping(address token => mapping(uint32 interval => uint160)) public getSqrtMarketTwapX96;
    /// Index price with eight decimals, by token and seconds of averaging.
    mapping(address token => mapping(uint256 interval => uint256)) public indexOf;
    /// What a maker's orders hold and owe, of base (true) or quote.
    mapping(address trader => mapping(address token => mapping(bool ofBase => Side))) public sideOf;
    mapping(address trader => mapping(address token => uint256)) public feeOf;
    mapping(address trader => mapping(address token => uint8)) public ordersOf;

    /// Sets every price of a token at once, as in a market that has not moved.
    function setPrices(address token, uint160 root, uint256 index, uint32[] calldata intervals) external {
        for (uint256 i; i < intervals.length; i++) {
            getSqrtMarketTwapX96[token][intervals[i]] = root;
            indexOf[token][intervals[i]] = index;
        }
    }

    function setRoot(address token, uint32 interval, uint160 root) external {
        getSqrtMarketTwapX96[token][interval] = root;
    }

    function setIndex(address token, uint256 interval, uint256 index) external {
        indexOf[token][interval] = index;
    }

    function setSide(address trader, address token, bool ofBase, uint256 inPool, uint256 debt) external {
        sideOf[trader][token][ofBase] = Side(inPool, debt);
    }

    function setOrders(address trader, address token, uint8 orders, uint256 fee) external {
        ordersOf[trader][token] = orders;
        feeOf[trader][token] = fee;
    }

    /// As the vault: takes what a trader has realised.
    function settle(IBalances balances, address trader) external returns (int256) {
        return balances.settleOwedRealizedPnl(trader);
    }

    /// As the clearing house: how much may be liquidated where the account is worth so many
    /// millionths of its requirement, and some wei more.
    function liquidatable(IBalances balances, address trader, address token, int24 millionths, int24 more)
        external
        view
        returns (int256)
    {
        int256 needed = balances.getMarginRequirementForLiquidation(trader);
        return balances.getLiquidatablePositionSize(trader, token, needed * millionths / 1e6 + more);
    }

    // PRICE FEED

    function getDispatchedPrice(uint256 interval) external view returns (uint256) {
        return indexOf[msg.sender][interval];
    }

    // ORDER BOOK

    function getOpenOrderIds(address trader, address token) external view returns (bytes32[] memory) {
        return new bytes32[](ordersOf[trader][token]);
    }

    function hasOrder(address trader, address[] calldata tokens) external view returns (bool) {
        for (uint256 i; i < tokens.length; i++) {
            if (ordersOf[trader][tokens[i]] != 0) return true;
        }
        return false;
    }

    function getTotalQuoteBalanceAndPendingFee(address trader, address[] calldata tokens)
        external
        view
        returns (int256 quote, uint256 fee)
    {
        for (uint256 i; i < tokens.length; i++) {
            quote += int256(sideOf[trader][tokens[i]][false].inPool);
            quote -= int256(sideOf[trader][tokens[i]][false].debt);
            fee += feeOf[trader][tokens[i]];
        }
    }

    function getTotalTokenAmountInPoolAndPendingFee(address trader, address token, bool ofBase)
        external
        view
        returns (uint256, uint256)
    {
        return (sideOf[trader][token][ofBase].inPool, feeOf[trader][token]);
    }

    function getTotalOrderDebt(address trader, address token, bool ofBase) external view returns (uint256) {
        return sideOf[trader][token][ofBase].debt;
    }
}
