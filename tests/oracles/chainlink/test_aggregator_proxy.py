"""Round ids with phases, phases that begin and never were, and who may read."""

from __future__ import annotations

import pytest

from tests.engine.desk import who
from tests.oracles.feed_stage import ADMIN, FeedStage
from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.state import Table
from weiproof.oracles.chainlink.access_controller import (
    SimpleReadAccessController,
    SimpleWriteAccessController,
)
from weiproof.oracles.chainlink.aggregator_proxy import EACAggregatorProxy, ProxyRecord
from weiproof.oracles.chainlink.mock_v3_aggregator import MockV3Aggregator
from weiproof.oracles.chainlink.ocr2_aggregator import OCR2Aggregator
from weiproof.oracles.round import Round

GUEST = who("guest")
PHASE = 1 << 64


@pytest.fixture
def stage() -> FeedStage:
    """A proxy over a mock, another mock, a feed without rounds, and two access controllers."""
    made = FeedStage("mock", "other", "empty", "writers", "readers", "proxy", "outer")
    MockV3Aggregator(made.world, "mock", 8, 1900)
    MockV3Aggregator(made.world, "other", 8, 2000)
    OCR2Aggregator(made.world, "empty", 1, 10**9, 8, "ETH / USD")
    SimpleWriteAccessController(made.world, "writers")
    SimpleReadAccessController(made.world, "readers")
    EACAggregatorProxy(made.world, "proxy", made.address("mock"), ZERO_ADDRESS)
    EACAggregatorProxy(made.world, "outer", made.address("proxy"), ZERO_ADDRESS)
    return made


def switch(stage: FeedStage, feed: str) -> None:
    """Proposes and confirms a feed."""
    stage.values(ADMIN, "proxy", "proposeAggregator", feed)
    stage.values(ADMIN, "proxy", "confirmAggregator", feed)


def test_round_ids_carry_the_phase(stage: FeedStage) -> None:
    """The first round is 1 above the phase, and after a switch ids jump by 2**64."""
    first = (PHASE | 1, 1900, stage.now, stage.now, PHASE | 1)
    assert stage.values(GUEST, "proxy", "latestRoundData") == first
    switch(stage, stage.address("other"))
    second = (2 * PHASE | 1, 2000, stage.now, stage.now, 2 * PHASE | 1)
    assert stage.values(GUEST, "proxy", "latestRoundData") == second
    assert stage.values(GUEST, "proxy", "getRoundData", PHASE | 1) == first
    assert stage.values(GUEST, "proxy", "latestRound") == (2 * PHASE | 1,)


def test_a_phase_that_never_was(stage: FeedStage) -> None:
    """Its round data reverts without data, its answer and time are 0; beyond 80 bits as well."""
    for unknown in (3 * PHASE | 1, 0, 1):
        assert stage.refused(GUEST, "proxy", "getRoundData", unknown) == ("",)
        assert stage.values(GUEST, "proxy", "getAnswer", unknown) == (0,)
        assert stage.values(GUEST, "proxy", "getTimestamp", unknown) == (0,)
    assert stage.values(GUEST, "proxy", "getAnswer", 2**80 | PHASE | 1) == (0,)
    assert stage.values(GUEST, "proxy", "getAnswer", PHASE | 1) == (1900,)


def test_after_a_switch_before_the_first_report(stage: FeedStage) -> None:
    """The round is the phase's zeroth, with no answer and no times, and nothing reverts."""
    switch(stage, stage.address("empty"))
    zeroth = (2 * PHASE, 0, 0, 0, 2 * PHASE)
    assert stage.values(GUEST, "proxy", "latestRoundData") == zeroth


def test_the_zero_address_can_be_confirmed(stage: FeedStage) -> None:
    """Without a proposal it is what was proposed: reads then revert without data."""
    other = stage.address("other")
    wrong = ("Error", "Invalid proposed aggregator")
    assert stage.refused(ADMIN, "proxy", "confirmAggregator", other) == wrong
    stage.values(ADMIN, "proxy", "confirmAggregator", ZERO_ADDRESS)
    assert stage.values(GUEST, "proxy", "phaseId") == (2,)
    for function in ("latestRoundData", "latestAnswer", "latestRound", "decimals", "description"):
        assert stage.refused(GUEST, "proxy", function) == ("",)
    assert stage.values(GUEST, "proxy", "getAnswer", 2 * PHASE | 1) == (0,)


def test_phases_wrap_around(stage: FeedStage) -> None:
    """After phase 65,535 comes phase 0, whose ids are the aggregator's own."""
    Table(stage.world.store, "proxy", ProxyRecord).edit("proxy").phase_id = 2**16 - 1
    stage.values(ADMIN, "proxy", "confirmAggregator", ZERO_ADDRESS)
    assert stage.values(GUEST, "proxy", "phaseId") == (0,)
    switch(stage, stage.address("other"))
    assert stage.values(GUEST, "proxy", "phaseId") == (1,)
    assert stage.values(GUEST, "proxy", "getAnswer", PHASE | 1) == (2000,)


def test_a_proposal_is_read_without_a_phase(stage: FeedStage) -> None:
    """Ids are the aggregator's own; without a proposal both views say so."""
    missing = ("Error", "No proposed aggregator present")
    assert stage.refused(GUEST, "proxy", "proposedLatestRoundData") == missing
    stage.values(ADMIN, "proxy", "proposeAggregator", stage.address("other"))
    proposed = (1, 2000, stage.now, stage.now, 1)
    assert stage.values(GUEST, "proxy", "proposedLatestRoundData") == proposed
    assert stage.values(GUEST, "proxy", "proposedGetRoundData", 1) == proposed


def test_ids_are_cut_to_64_bits(stage: FeedStage) -> None:
    """Of the aggregator's round ids the proxy shows 64 bits, and asks for as many."""
    stage.values(GUEST, "mock", "updateRoundData", 5 << 64 | 7, 1950, 11, 10)
    assert stage.values(GUEST, "proxy", "latestRoundData") == (PHASE | 7, 1950, 10, 11, PHASE | 7)
    assert stage.values(GUEST, "proxy", "getAnswer", PHASE | 7) == (0,)


def test_a_write_controller_keeps_everybody_out(stage: FeedStage) -> None:
    """All reads but those of the aggregator's description ask it; a proposal's do first of all."""
    stage.values(ADMIN, "proxy", "setController", stage.address("writers"))
    no_access = ("Error", "No access")
    for function in ("latestRoundData", "latestAnswer", "latestTimestamp", "latestRound"):
        assert stage.refused(GUEST, "proxy", function) == no_access
    for function in ("getRoundData", "getAnswer", "getTimestamp", "proposedGetRoundData"):
        assert stage.refused(GUEST, "proxy", function, PHASE | 1) == no_access
    assert stage.values(GUEST, "proxy", "decimals") == (8,)
    stage.values(ADMIN, "writers", "addAccess", GUEST)
    assert stage.values(GUEST, "proxy", "latestAnswer") == (1900,)


def test_a_read_controller_keeps_contracts_out(stage: FeedStage) -> None:
    """Whoever sends the transaction may read; a contract in between must be listed."""
    stage.values(ADMIN, "proxy", "setController", stage.address("readers"))
    assert stage.values(GUEST, "proxy", "latestAnswer") == (1900,)
    assert stage.refused(GUEST, "outer", "latestAnswer") == ("Error", "No access")
    stage.values(ADMIN, "readers", "addAccess", stage.address("outer"))
    assert stage.values(GUEST, "outer", "latestAnswer") == (1900,)


def test_what_is_no_controller(stage: FeedStage) -> None:
    """A controller that is an account, or another contract, reverts without data."""
    for controller in (GUEST, stage.address("mock")):
        stage.values(ADMIN, "proxy", "setController", controller)
        assert stage.refused(GUEST, "proxy", "latestAnswer") == ("",)


def test_a_proxy_over_a_proxy(stage: FeedStage) -> None:
    """The outer one shows its own phase, above the low 64 bits of the inner id."""
    assert stage.values(GUEST, "outer", "latestRound") == (PHASE | 1,)


def test_a_consumer_reads_the_latest_round(stage: FeedStage) -> None:
    """What the hub reads is what the view answers."""
    stage.values(GUEST, "proxy", "latestRoundData")
    proxy = stage.world.contracts["proxy"]
    assert isinstance(proxy, EACAggregatorProxy)
    found = Round(*proxy.latestRoundData())
    assert found == Round(PHASE | 1, 1900, stage.now, stage.now, PHASE | 1)


def test_only_the_owner(stage: FeedStage) -> None:
    """Owners hand over in two steps, and nobody else sets anything."""
    refused = ("Error", "Only callable by owner")
    for function in ("setController", "proposeAggregator", "confirmAggregator"):
        assert stage.refused(GUEST, "proxy", function, ZERO_ADDRESS) == refused
    assert stage.refused(GUEST, "proxy", "acceptOwnership") == ("Error", "Must be proposed owner")
    stage.values(ADMIN, "proxy", "transferOwnership", GUEST)
    assert stage.values(GUEST, "proxy", "owner") == (ADMIN,)
    stage.values(GUEST, "proxy", "acceptOwnership")
    assert stage.values(GUEST, "proxy", "owner") == (GUEST,)
