"""What a deployment decides is read back, and each part of it that differs is found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.chains import actor, open_chain
from weiproof.crosscheck.divergence import DivergenceFound
from weiproof.crosscheck.protocol import actor_parties, deploy_chain, setup_calls
from weiproof.crosscheck.readback import compare_configuration
from weiproof.crosscheck.spec import (
    FeedSpec,
    MarketSpec,
    PriceSpec,
    ProtocolSpec,
    SourceSpec,
    TierSpec,
)

if TYPE_CHECKING:
    from weiproof.crosscheck.systems import ChainSystem

WAD = 10**18
SPEC = ProtocolSpec(
    feeds=(FeedSpec("a", description="A"), FeedSpec("b", mock=True)),
    prices=(PriceSpec("ETH", (SourceSpec("a", 60, 90), SourceSpec("b", 60, 90)), 1),),
    markets=(MarketSpec("ETH", "ETH", 10**15, 10**16, (TierSpec(0, 5 * 10**16, 3 * 10**16),)),),
)


@pytest.fixture(scope="module")
def system() -> ChainSystem:
    """The protocol on a local chain, configured."""
    system = deploy_chain(SPEC, open_chain("pyevm", genesis_time=SPEC.genesis_time))
    assert all(system.apply(call).ok for call in setup_calls(SPEC))
    return system


def compare(system: ChainSystem, spec: ProtocolSpec = SPEC, **options: Any) -> int:  # noqa: ANN401
    """Compares what the chain holds with another description, at the same addresses."""

    def ask(to: str, data: bytes) -> tuple[bool, bytes]:
        return system.chain.call(to, data, at=spec.genesis_time)

    settings = {"configured": True, "parties": actor_parties(), **options}
    return compare_configuration(spec, ask=ask, **settings)


def test_what_was_deployed_agrees(system: ChainSystem) -> None:
    """Roles, parameters, market, sources and feeds: more than twenty readings, none differs."""
    assert compare(system) > 20


def test_a_configuration_that_was_not_to_be_is_found(system: ChainSystem) -> None:
    """Where nothing should be configured yet, a market is one too many."""
    with pytest.raises(DivergenceFound, match=r"house\.marketCount"):
        compare(system, configured=False)


@pytest.mark.parametrize(
    ("other", "where"),
    [
        (replace(SPEC, target_ratio=2 * WAD), "targetRatio"),
        (replace(SPEC, liquidation_reserve=11 * WAD), "liquidationReserve"),
        (replace(SPEC, prices=(replace(SPEC.prices[0], quorum=2),)), r"hub\.quorumOf"),
        (
            replace(
                SPEC,
                prices=(replace(SPEC.prices[0], sources=(SourceSpec("a", 60, 91),)),),
            ),
            r"hub\.source",
        ),
        (replace(SPEC, markets=(replace(SPEC.markets[0], size_step=10**16),)), "sizeStep"),
        (
            replace(
                SPEC,
                markets=(replace(SPEC.markets[0], tiers=(TierSpec(0, 6 * 10**16, 3 * 10**16),)),),
            ),
            "(?i)initial",
        ),
        (replace(SPEC, feeds=(replace(SPEC.feeds[0], max_answer=7), SPEC.feeds[1])), "maxAnswer"),
        (
            replace(SPEC, feeds=(SPEC.feeds[0], replace(SPEC.feeds[1], decimals=9))),
            "decimals|source",
        ),
    ],
)
def test_each_parameter_that_differs_is_found(
    system: ChainSystem, other: ProtocolSpec, where: str
) -> None:
    """One parameter described otherwise than deployed is named."""
    with pytest.raises(DivergenceFound, match=where):
        compare(system, other)


@pytest.mark.parametrize("role", ["admin", "matcher", "transmitter"])
def test_a_role_of_somebody_else_is_found(system: ChainSystem, role: str) -> None:
    """Who should have a role and does not is found."""
    other: dict[str, Any] = {role: actor("somebody")}
    parties = replace(actor_parties(), **other)
    with pytest.raises(DivergenceFound, match=r"hasRole|defaultAdmin"):
        compare(system, parties=parties)
