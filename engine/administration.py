"""Administration of the clearing house, and its records as they are stored.

Roles, markets, tokens, parameters, pauses: the twin of ``Administration.sol`` and of
``HouseState.sol``. Holds the ledger; what accounts do is in the clearing house that is built on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from . import (
    auctions,
    backstop,
    collaterals,
    fees,
    liquidation_limits,
    market_life,
    market_route,
    markets,
    seizure_order,
    volatility,
)
from . import risk as _risk
from .default_admin import DefaultAdminRules
from .parameters import (
    AuctionParameters,
    BackstopParameters,
    CollateralParameters,
    CreditParameters,
    FeeTier,
    LiquidationParameters,
    MarketParameters,
    MarketRisk,
    Regime,
    SystemParameters,
    SystemRisk,
    Tier,
    VolatilityParameters,
)
from .records import Ledger

if TYPE_CHECKING:
    from .call import Value
    from .contract import World
    from .records import PriceSource
    from .settlement_token import SettlementToken

MATCHER_ROLE = bytes.fromhex("df91394c13c48ebd5370100f1eb84afe3c6c47a78f9f9f874d5a9ec6afe0ae6b")
"""Who may bring trades."""
PARAMETER_ROLE = bytes.fromhex("17d57ed1a1d10c36bff7484e6bb95371a28422a7baabf93343b1965f53f83fa0")
"""Who may open markets and change parameters."""
PAUSER_ROLE = bytes.fromhex("65d7a28e3265b37a6474929f336521b332c1681b933f6cb9f3376673440d862a")
"""Who may pause and resume."""
TREASURER_ROLE = bytes.fromhex("3496e2e73c4d42b75d702e60d9e48102720b8691234415963a5a857b86425d07")
"""Who may withdraw trading fees."""

ADMIN_DELAY = 86_400
"""How long a change of the administrator takes, seconds, until the administrator changes that."""

Words = tuple[int, ...]


class Administration(DefaultAdminRules):
    """What the clearing house is built on."""

    def __init__(
        self,
        world: World,
        name: str,
        token: SettlementToken,
        hub: PriceSource,
        admin: str,
        matcher: str,
        parameters: Words,
    ) -> None:
        super().__init__(world, name, ADMIN_DELAY, admin)
        self.ledger = Ledger(self, token, hub)
        self.grant(PARAMETER_ROLE, admin)
        self.grant(PAUSER_ROLE, admin)
        self.grant(TREASURER_ROLE, admin)
        self.grant(MATCHER_ROLE, matcher)
        markets.set_system_parameters(self.ledger, SystemParameters(*parameters))

    # PARAMETERS

    def addMarket(self, parameters: tuple[Value, ...], tiers: tuple[Words, ...]) -> tuple[int]:
        """Opens a market; answers with its id."""
        self.only_role(PARAMETER_ROLE)
        return (markets.add_market(self.ledger, _parameters(parameters), _tiers(tiers)),)

    def setMarketParameters(
        self, marketId: int, parameters: tuple[Value, ...], tiers: tuple[Words, ...]
    ) -> None:
        """Changes a market's parameters."""
        self.only_role(PARAMETER_ROLE)
        markets.set_market_parameters(self.ledger, marketId, _parameters(parameters), _tiers(tiers))

    def setVolatility(self, marketId: int, parameters: Words, regimes: tuple[Words, ...]) -> None:
        """Changes how a market's variance is measured and what it leads to."""
        self.only_role(PARAMETER_ROLE)
        rows = tuple(Regime(*row) for row in regimes)
        volatility.set_volatility(self.ledger, marketId, VolatilityParameters(*parameters), rows)

    def setSystemParameters(self, parameters: Words) -> None:
        """Changes the system's parameters."""
        self.only_role(PARAMETER_ROLE)
        markets.set_system_parameters(self.ledger, SystemParameters(*parameters))

    def addCollateral(self, parameters: tuple[Value, ...]) -> tuple[int]:
        """Admits a token as collateral; answers with its id."""
        self.only_role(PARAMETER_ROLE)
        return (collaterals.add_collateral(self.ledger, _collateral(parameters)),)

    def setCollateralParameters(self, collateralId: int, parameters: tuple[Value, ...]) -> None:
        """Changes a collateral token's parameters."""
        self.only_role(PARAMETER_ROLE)
        collaterals.set_collateral_parameters(self.ledger, collateralId, _collateral(parameters))

    def setSeizureRank(self, collateralId: int, rank: int) -> None:
        """Changes a token's rank: a debtor's tokens of a lower rank are sold first.

        Those of one rank as owners wish.
        """
        self.only_role(PARAMETER_ROLE)
        seizure_order.set_seizure_rank(self.ledger, collateralId, rank)

    def setCreditParameters(self, parameters: Words) -> None:
        """Changes what negative cash costs and how far it may go."""
        self.only_role(PARAMETER_ROLE)
        collaterals.set_credit_parameters(self.ledger, CreditParameters(*parameters))

    def setFeeTiers(self, tiers: tuple[Words, ...]) -> None:
        """Changes the tiers of the trading fees."""
        self.only_role(PARAMETER_ROLE)
        fees.set_fee_tiers(self.ledger, tuple(FeeTier(*row) for row in tiers))

    def setMarketRisk(self, marketId: int, risk: Words) -> None:
        """Changes what a market's requirements grow by, and its caps."""
        self.only_role(PARAMETER_ROLE)
        _risk.set_market_risk(self.ledger, marketId, MarketRisk(*risk))

    def setSystemRisk(self, risk: Words) -> None:
        """Changes the offset floor and the margin warnings."""
        self.only_role(PARAMETER_ROLE)
        _risk.set_system_risk(self.ledger, SystemRisk(*risk))

    def setOffset(self, marketA: int, marketB: int, rate: int) -> None:
        """Sets the offset between two markets, WAD."""
        self.only_role(PARAMETER_ROLE)
        _risk.set_offset(self.ledger, marketA, marketB, rate)

    def setLiquidationParameters(self, parameters: Words) -> None:
        """Changes which position is taken over first, and how much of a large account's."""
        self.only_role(PARAMETER_ROLE)
        ordered, *rest = parameters
        changed = LiquidationParameters(bool(ordered), *rest)
        liquidation_limits.set_liquidation_parameters(self.ledger, changed)

    def setAuctionParameters(self, parameters: Words) -> None:
        """Changes for which accounts keepers need an auction, and what it gives them."""
        self.only_role(PARAMETER_ROLE)
        auctions.set_auction_parameters(self.ledger, AuctionParameters(*parameters))

    def setMarketLimitRate(self, rate: int) -> None:
        """Changes by how much a fill by the market route may be worse than the mark, WAD."""
        self.only_role(PARAMETER_ROLE)
        market_route.set_market_limit_rate(self.ledger, rate)

    def setBackstopParameters(self, parameters: Words) -> None:
        """Changes when and for what the system itself takes positions over."""
        self.only_role(PARAMETER_ROLE)
        backstop.set_backstop_parameters(self.ledger, BackstopParameters(*parameters))

    def setBackstopCapacity(self, marketId: int, notional: int) -> None:
        """Changes the largest notional that the backstop vault may hold in a market; wei."""
        self.only_role(PARAMETER_ROLE)
        backstop.set_backstop_capacity(self.ledger, marketId, notional)

    # PAUSES

    def setMarketPaused(self, marketId: int, paused: bool) -> None:
        """Pauses or resumes a market."""
        self.only_role(PAUSER_ROLE)
        markets.set_market_paused(self.ledger, marketId, paused)

    def delist(self, marketId: int) -> None:
        """Fixes the final price of a market that is reduce-only or paused."""
        self.only_role(PARAMETER_ROLE)
        market_life.delist(self.ledger, marketId)

    def setReduceOnly(self, marketId: int, reduceOnly: bool) -> None:
        """Lets trades only reduce positions in a market, or again open them."""
        self.only_role(PAUSER_ROLE)
        market_life.set_reduce_only(self.ledger, marketId, reduceOnly)

    def setPaused(self, paused: bool) -> None:
        """Pauses or resumes everything."""
        self.only_role(PAUSER_ROLE)
        markets.set_paused(self.ledger, paused)

    # RECORDS

    def accountRecord(self, account: str) -> tuple[tuple[Value, ...]]:
        """The stored record of an account."""
        return (self.ledger.accounts.read(account).fields(),)

    def positionRecord(self, account: str, marketId: int) -> tuple[tuple[Value, ...]]:
        """The stored position of an account in a market."""
        return (self.ledger.positions.read(account, marketId).fields(),)

    def ordersOf(self, account: str, marketId: int) -> tuple[tuple[Value, ...]]:
        """What an account has resting in a market."""
        return (self.ledger.orders.read(account, marketId).fields(),)

    def flagOf(self, account: str) -> tuple[tuple[Value, ...]]:
        """Since when an account is known to be bankrupt."""
        return (self.ledger.flags.read(account).fields(),)

    def candidatesOf(self, marketId: int, isLong: bool) -> tuple[Value, ...]:
        """Who is nominated on one side of a market, in no order."""
        return self.ledger.candidates.read(marketId, isLong).fields()

    def marketRecord(self, marketId: int) -> tuple[tuple[Value, ...]]:
        """The stored record of a market."""
        return (self.ledger.markets.read(marketId).fields(),)

    def marketParameters(self, marketId: int) -> tuple[Value, ...]:
        """The parameters of a market and its tiers."""
        return self.ledger.settings.read(marketId).fields()

    def finalRecord(self, marketId: int) -> tuple[tuple[Value, ...]]:
        """How a market ends."""
        return (self.ledger.finals.read(marketId).fields(),)

    def volatility(self, marketId: int) -> tuple[Value, ...]:
        """How a market's variance is measured and what it leads to, and the variance."""
        settings = self.ledger.volatility_settings.read(marketId).fields()
        return (*settings, self.ledger.volatilities.read(marketId).fields())

    def previousTerms(self, marketId: int) -> tuple[tuple[Value, ...]]:
        """The terms from which a market's last change of them ramps."""
        return (self.ledger.previous_terms.read(marketId).fields(),)

    def offsetRamp(self) -> tuple[tuple[Value, ...]]:
        """The offsets from which the last change of them ramps."""
        return (self.ledger.offset_ramp.fields(),)

    def systemRecord(self) -> tuple[tuple[Value, ...]]:
        """The stored record of the system."""
        return (self.ledger.record.fields(),)

    def systemParameters(self) -> tuple[tuple[Value, ...]]:
        """The parameters of the system."""
        return (self.ledger.parameters.fields(),)

    def collateral(self, collateralId: int) -> tuple[Value, ...]:
        """The parameters and the stored record of a collateral token."""
        parameters = self.ledger.collateral_parameters.read(collateralId)
        return (parameters.fields(), self.ledger.collaterals.read(collateralId).fields())

    def holding(self, account: str, collateralId: int) -> tuple[int]:
        """What the account holds of a collateral token, token units."""
        return (self.ledger.holdings.read(account, collateralId).amount,)

    def seizureOrderOf(self, account: str) -> tuple[tuple[Value, ...]]:
        """In which order an owner wants an account's tokens of one rank sold."""
        return (self.ledger.seizure_orders.read(account).fields(),)

    def isTrader(self, account: str, trader: str) -> tuple[bool]:
        """Whether a trader may act for an account."""
        return (self.ledger.traders.read(account, trader).allowed,)

    def creditParameters(self) -> tuple[tuple[Value, ...]]:
        """What negative cash costs and how far it may go."""
        return (self.ledger.credit_parameters.fields(),)

    def collateralCount(self) -> tuple[int]:
        """How many collateral tokens there are."""
        return (self.ledger.collateral_count,)

    def feeTiers(self) -> tuple[Value, ...]:
        """The tiers of the trading fees; none is one tier of whole shares."""
        return self.ledger.fee_schedules.read().fields()

    def volumeRecord(self, account: str) -> tuple[tuple[Value, ...]]:
        """The stored volume of an account."""
        return (self.ledger.volumes.read(account).fields(),)

    def marketRisk(self, marketId: int) -> tuple[tuple[Value, ...]]:
        """What a market's requirements grow by, and its caps."""
        return (self.ledger.market_risk(marketId).fields(),)

    def systemRisk(self) -> tuple[tuple[Value, ...]]:
        """The offset floor and the margin warnings."""
        return (self.ledger.system_risk.fields(),)

    def liquidationParameters(self) -> tuple[tuple[Value, ...]]:
        """Which position is taken over first, and how much of a large account's at a time."""
        return (self.ledger.liquidation.fields(),)

    def liquidationWindow(self, account: str, marketId: int) -> tuple[tuple[Value, ...]]:
        """What was taken over of a large account's position in its window."""
        return (self.ledger.windows.read(account, marketId).fields(),)

    def plan(self, account: str) -> tuple[tuple[Value, ...]]:
        """What the account's owner decided in advance."""
        return (self.ledger.plans.read(account).fields(),)

    def auctionParameters(self) -> tuple[tuple[Value, ...], int]:
        """For which accounts keepers need an auction, and what it gives them.

        And how often that changed.
        """
        return self.ledger.auction_parameters.fields(), self.ledger.auction_epoch

    def auctionOf(self, account: str) -> tuple[tuple[Value, ...]]:
        """When the account's auction began, and under which parameters."""
        return (self.ledger.auctions.read(account).fields(),)

    def marketLimitRate(self) -> tuple[int]:
        """By how much a fill by the market route may be worse than the mark, WAD."""
        return (self.ledger.market_limit_rate,)

    def offsets(self) -> tuple[Value, ...]:
        """All offsets between markets, by falling rate."""
        return self.ledger.offset_lists.read().fields()

    def backstopParameters(self) -> tuple[tuple[Value, ...]]:
        """When and for what the system itself takes positions over."""
        return (self.ledger.backstop_parameters.fields(),)

    def backstopRecord(self) -> tuple[tuple[Value, ...]]:
        """All shares of the backstop vault, and the margin that the insurance fund gave."""
        return (self.ledger.backstop.fields(),)

    def backstopCapacity(self, marketId: int) -> tuple[int]:
        """The largest notional that the backstop vault may hold in a market; wei."""
        return (self.ledger.backstop_capacities.read(marketId).notional,)

    def backstopShares(self, account: str) -> tuple[tuple[Value, ...]]:
        """An account's shares of the backstop vault."""
        return (self.ledger.backstop_shares.read(account).fields(),)

    def marketCount(self) -> tuple[int]:
        """How many markets there are."""
        return (self.ledger.market_count,)


def _parameters(values: tuple[Value, ...]) -> MarketParameters:
    return MarketParameters(cast("bytes", values[0]), *cast("Words", values[1:]))


def _collateral(values: tuple[Value, ...]) -> CollateralParameters:
    token, price_id = cast("str", values[0]), cast("bytes", values[1])
    return CollateralParameters(token, price_id, *cast("Words", values[2:]))


def _tiers(rows: tuple[Words, ...]) -> tuple[Tier, ...]:
    return tuple(Tier(*row) for row in rows)
