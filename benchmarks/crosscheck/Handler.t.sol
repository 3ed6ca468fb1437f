// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

interface Vm {
    function warp(uint256 timestamp) external;
    function prank(address sender, address origin) external;
    function setNonce(address account, uint64 nonce) external;
    function readFile(string calldata path) external view returns (string memory);
    function readLine(string calldata path) external view returns (string memory);
    function parseBytes(string calldata text) external pure returns (bytes memory);
    function parseUint(string calldata text) external pure returns (uint256);
    function parseAddress(string calldata text) external pure returns (address);
    function toString(uint256 value) external pure returns (string memory);
}

interface House {
    struct SystemRecord {
        bool paused;
        uint256 vault;
        uint256 insuranceFund;
        uint256 fees;
        uint256 dust;
        uint256 unresolvedBadDebt;
    }

    function deposit(uint256 amount) external;
    function withdraw(uint256 amount) external;
    function settle(address account) external;
    function settleTrade(
        address buyer,
        address seller,
        uint256 marketId,
        uint256 size,
        uint256 price,
        bool buyerIsMaker
    ) external;
    function accrueFunding(uint256 marketId) external;
    function liquidate(address account, uint256 marketId, uint256 maxSize) external;
    function forceClose(address account, uint256 marketId, address counterparty) external;
    function markPrice(uint256 marketId) external view returns (uint256);
    function systemRecord() external view returns (SystemRecord memory);
}

interface Aggregator {
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80);
    function transmit(int256 answer, uint256 observedAt) external returns (uint80);
    function setRound(uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn) external;
}

interface Token {
    function balanceOf(address account) external view returns (uint256);
}

/// @notice Calls of the clearing house with arguments that often pass.
contract Handler {
    struct Feed {
        address at;
        bool mock;
    }

    struct Market {
        uint256 sizeStep;
        uint256 priceTick;
    }

    Vm private constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    House private constant HOUSE = House($HOUSE$);
    address private constant MATCHER = $MATCHER$;
    address private constant TRANSMITTER = $TRANSMITTER$;

    uint256 private clock = block.timestamp;
    address[] private people;
    Feed[] private feeds;
    Market[] private markets;

    constructor() {
$PEOPLE$
$FEEDS$
$MARKETS$
    }

    modifier at() {
        VM.warp(clock);
        _;
    }

    function wait(uint256 time) external {
        clock += time % 301;
    }

    function transmit(uint256 which, uint256 thousandths) external at {
        Feed memory feed = feeds[which % feeds.length];
        (uint80 id, int256 last,,,) = Aggregator(feed.at).latestRoundData();
        int256 answer = (last * int256(970 + thousandths % 61)) / 1000;
        if (answer < 1) answer = 1;
        VM.prank(TRANSMITTER, TRANSMITTER);
        if (feed.mock) Aggregator(feed.at).setRound(id + 1, answer, clock, clock, id + 1);
        else Aggregator(feed.at).transmit(answer, clock);
    }

    function deposit(uint256 who, uint256 amount) external at {
        _as(who);
        HOUSE.deposit(1 + amount % 1e11);
    }

    function withdraw(uint256 who, uint256 amount) external at {
        _as(who);
        HOUSE.withdraw(1 + amount % 1e11);
    }

    function settle(uint256 who) external at {
        _as(who);
        HOUSE.settle(_person(who));
    }

    function settleTrade(uint256 buyer, uint256 seller, uint256 marketId, uint256 size) external at {
        marketId %= markets.length;
        Market memory market = markets[marketId];
        uint256 price = HOUSE.markPrice(marketId);
        price -= price % market.priceTick;
        VM.prank(MATCHER, MATCHER);
        HOUSE.settleTrade(_person(buyer), _person(seller), marketId, (1 + size % 1e4) * market.sizeStep, price, true);
    }

    function accrue(uint256 marketId) external at {
        HOUSE.accrueFunding(marketId % markets.length);
    }

    function liquidate(uint256 keeper, uint256 who, uint256 marketId, uint256 size) external at {
        _as(keeper);
        HOUSE.liquidate(_person(who), marketId % markets.length, 1 + size % 1e22);
    }

    function forceClose(uint256 who, uint256 marketId, uint256 other) external at {
        HOUSE.forceClose(_person(who), marketId % markets.length, _person(other));
    }

    function _person(uint256 who) private view returns (address) {
        return people[who % people.length];
    }

    function _as(uint256 who) private {
        VM.prank(_person(who), _person(who));
    }
}

contract MarginInvariantTest {
    Vm private constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    House private constant HOUSE = House($HOUSE$);
    address private constant DEPLOYER = $DEPLOYER$;

    Handler private handler;

    function setUp() public {
        VM.warp($GENESIS$);
        for (uint256 nonce = 0; nonce < $STEPS$; nonce++) {
            bytes memory code = VM.parseBytes(VM.readFile(string.concat("code/", VM.toString(nonce))));
            VM.setNonce(DEPLOYER, uint64(nonce));
            VM.prank(DEPLOYER, DEPLOYER);
            address created;
            assembly {
                created := create(0, add(code, 0x20), mload(code))
            }
            require(created != address(0), "a contract was not created");
        }
        for (uint256 i = 0; i < $CALLS$; i++) {
            VM.warp(VM.parseUint(VM.readLine("calls")));
            address sender = VM.parseAddress(VM.readLine("calls"));
            address to = VM.parseAddress(VM.readLine("calls"));
            bytes memory data = VM.parseBytes(VM.readLine("calls"));
            VM.prank(sender, sender);
            (bool ok,) = to.call(data);
            require(ok, "a call of the fixture reverted");
        }
        handler = new Handler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_vaultIsBacked() public view {
        require(Token($TOKEN$).balanceOf(address(HOUSE)) >= HOUSE.systemRecord().vault, "the vault is not backed");
    }
}
