"""A feed stores rounds as Chainlink's aggregators do."""

from __future__ import annotations

import pytest

from tests.engine.desk import ADMIN, NODE, who
from tests.oracles.hub_desk import NOW, HubDesk
from weiproof.oracles.feed import TRANSMITTER_ROLE


def latest(desk: HubDesk) -> tuple[object, ...]:
    """The latest round."""
    return desk.call(ADMIN, "feed", "latestRoundData").values


def test_a_round_carries_phase_and_three_times() -> None:
    """Id phase << 64 | 1, observed earlier, stored now, answered in itself; the event says so."""
    desk = HubDesk()
    outcome = desk.call(NODE, "feed", "transmit", 1_234, NOW - 20)
    round_id = (6 << 64) | 1
    assert outcome.values == (round_id,)
    assert outcome.events[0].name == "AnswerUpdated"
    assert outcome.events[0].args == (1_234, round_id, NOW)
    assert latest(desk) == (round_id, 1_234, NOW - 20, NOW, round_id)


def test_rounds_count_up_and_stay_readable() -> None:
    """The third is the latest, the first is as it was; two may share a block."""
    desk = HubDesk()
    for answer in (100, 101, 102):
        assert desk.call(NODE, "feed", "transmit", answer, NOW).ok
    first = (6 << 64) | 1
    assert latest(desk)[:2] == (first + 2, 102)
    assert desk.call(ADMIN, "feed", "getRoundData", first).values == (first, 100, NOW, NOW, first)
    assert desk.call(ADMIN, "feed", "aggregatorRoundId").values == (3,)


@pytest.mark.parametrize("round_id", [0, 6 << 64, (6 << 64) | 9, 2**80 - 1])
def test_unwritten_rounds_read_as_zeros(round_id: int) -> None:
    """Any id answers, with nothing in it but itself."""
    desk = HubDesk()
    assert desk.call(NODE, "feed", "transmit", 100, NOW).ok
    values = desk.call(ADMIN, "feed", "getRoundData", round_id).values
    assert values == (round_id, 0, 0, 0, round_id)


def test_a_new_phase_begins_without_an_answer() -> None:
    """Its ids start over, the old phase's rounds stay."""
    desk = HubDesk()
    assert desk.call(NODE, "feed", "transmit", 100, NOW).ok
    outcome = desk.call(ADMIN, "feed", "startPhase")
    assert outcome.events[0].args == (7,)
    assert desk.call(ADMIN, "feed", "phaseId").values == (7,)
    assert latest(desk) == (7 << 64, 0, 0, 0, 7 << 64)
    assert desk.call(NODE, "feed", "transmit", 200, NOW).values == ((7 << 64) | 1,)
    assert desk.call(ADMIN, "feed", "getRoundData", (6 << 64) | 1).values[1] == 100


@pytest.mark.parametrize("answer", [99, 10**12 + 1, -1])
def test_answers_outside_the_bounds_are_not_stored(answer: int) -> None:
    """The old answer stays, with its old time: it will be stale, not wrong."""
    desk = HubDesk()
    assert desk.call(NODE, "feed", "transmit", 500, NOW).ok
    before = latest(desk)
    outcome = desk.call(NODE, "feed", "transmit", answer, NOW)
    assert (outcome.error, outcome.error_args) == ("AnswerOutOfBounds", (answer, 100, 10**12))
    assert latest(desk) == before


@pytest.mark.parametrize("answer", [100, 10**12])
def test_the_bounds_themselves_are_stored(answer: int) -> None:
    """The lowest and the highest answer count."""
    desk = HubDesk()
    assert desk.call(NODE, "feed", "transmit", answer, NOW).ok
    assert desk.call(ADMIN, "feed", "minAnswer").values == (100,)
    assert desk.call(ADMIN, "feed", "maxAnswer").values == (10**12,)


def test_observations_do_not_come_from_the_future() -> None:
    """This second's is stored, the next one's refused with both times."""
    desk = HubDesk()
    outcome = desk.call(NODE, "feed", "transmit", 500, NOW + 1)
    assert (outcome.error, outcome.error_args) == ("ObservationInFuture", (NOW + 1, NOW))
    assert desk.call(NODE, "feed", "transmit", 500, NOW).ok


def test_writing_and_new_phases_need_their_roles() -> None:
    """The transmitter writes, the administrator starts phases; neither does the other's."""
    desk = HubDesk()
    outcome = desk.call(ADMIN, "feed", "transmit", 500, NOW)
    assert outcome.error_args == (ADMIN, TRANSMITTER_ROLE)
    assert desk.call(NODE, "feed", "startPhase").error == "AccessControlUnauthorizedAccount"
    assert desk.call(ADMIN, "feed", "grantRole", TRANSMITTER_ROLE, who("n")).ok
    assert desk.call(who("n"), "feed", "transmit", 500, NOW).ok


def test_the_last_phase_cannot_be_left() -> None:
    """Sixteen bits of phase: beyond them is an overflow (0x11)."""
    desk = HubDesk()
    feed = desk.model.world.contracts["feed"]
    feed._feeds.edit("feed").phase_id = 2**16 - 1  # type: ignore[attr-defined]
    desk.model.world.store.commit()
    assert desk.call(ADMIN, "feed", "startPhase").error_args == (0x11,)


def test_a_feed_describes_itself() -> None:
    """Decimals, description and version, for its readers."""
    desk = HubDesk()
    assert desk.call(ADMIN, "feed", "decimals").values == (8,)
    assert desk.call(ADMIN, "feed", "description").values == ("ETH / USD",)
    assert desk.call(ADMIN, "feed", "version").values == (1,)
