"""Real rounds of Chainlink's ETH/USD feed, through feed and hub on both sides."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from weiproof.contracts.chains import ChainUnavailable, actor, open_chain
from weiproof.crosscheck.lockstep import Lockstep
from weiproof.crosscheck.protocol import ADMIN, TRANSMITTER, deploy_chain, deploy_model, setup_calls
from weiproof.crosscheck.spec import FeedSpec, PriceSpec, ProtocolSpec, SourceSpec, price_id
from weiproof.engine.call import Call
from weiproof.oracles.statistics import round_statistics

FILE = Path(__file__).resolve().parents[3] / "shared/data/chainlink_eth_usd_mainnet_rounds.csv"
HEARTBEAT, MARGIN = 3_600, 60
FEED, PRICE = "feed/ETH-USD", price_id("ETH-USD")

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=f"no market data at {FILE}")


@dataclass(frozen=True)
class Row:
    """One round of the file, raw integers."""

    round_id: int
    answer: int
    started_at: int
    updated_at: int
    answered_in_round: int


def read_rows() -> list[Row]:
    """All rounds that were written; the file's first row is the unwritten round 0 of the phase."""
    with FILE.open(newline="") as stream:
        records = list(csv.DictReader(stream))
    names = ("round_id", "answer", "started_at", "updated_at", "answered_in_round")
    rows = [Row(*(int(record[name]) for name in names)) for record in records]
    assert rows[0] == Row(6 << 64, 0, 0, 0, 6 << 64)
    return rows[1:]


@pytest.mark.parametrize(
    ("chain_name", "count"),
    [
        pytest.param("revm", 11_106, id="all on revm"),
        pytest.param("pyevm", 500, id="the first 500 on pyevm"),
    ],
)
def test_real_rounds_go_through_feed_and_hub_on_both_sides(chain_name: str, count: int) -> None:
    """Ids and times are the file's, the hub answers alike before and after each: 0 differences."""
    rows = read_rows()[:count]
    assert len(rows) == count
    spec = ProtocolSpec(
        feeds=(FeedSpec("ETH-USD", first_phase=6),),
        prices=(
            PriceSpec("ETH-USD", (SourceSpec("ETH-USD", HEARTBEAT, HEARTBEAT + MARGIN),), quorum=1),
        ),
        markets=(),
        genesis_time=rows[0].updated_at - 1,
    )
    try:
        chain = open_chain(chain_name, genesis_time=spec.genesis_time)
    except ChainUnavailable as error:
        pytest.skip(error.reason)
    model = deploy_model(spec)
    lockstep = Lockstep(model, deploy_chain(spec, chain))
    for call in setup_calls(spec):
        assert lockstep.apply(call).ok
    stale = {0: 0, 1: 0}
    for i, row in enumerate(rows):
        if i:
            for purpose in stale:
                outcome = price_at(lockstep, row.updated_at, purpose)
                stale[purpose] += outcome == "StalePrice"
        assert transmit(lockstep, row) == row.round_id
        read = Call(row.updated_at, actor(ADMIN), FEED, "latestRoundData", ())
        expected = (row.round_id, row.answer, row.started_at, row.updated_at, row.answered_in_round)
        assert model.view(read).values == expected
        assert price_at(lockstep, row.updated_at, 0) == str(row.answer * 10**10)
    lockstep.compare_all(Call(rows[-1].updated_at, "", "", "", ()))
    found = round_statistics([(row.updated_at, row.answer) for row in rows], HEARTBEAT)
    print(f"{count} rounds on {chain_name}: {found}")  # noqa: T201 - shown with -rP
    assert stale == {0: found.over_heartbeat, 1: found.over_heartbeat_and_margin}


def transmit(lockstep: Lockstep, row: Row) -> object:
    """Stores a round on both sides at its time; answers with its id."""
    args = (row.answer, row.started_at)
    outcome = lockstep.apply(Call(row.updated_at, actor(TRANSMITTER), FEED, "transmit", args))
    assert outcome.ok
    return outcome.values[0]


def price_at(lockstep: Lockstep, at: int, purpose: int) -> str:
    """The price, or why there is none, as both sides tell it at a time."""
    view = Call(at, actor(ADMIN), "hub", "price", (PRICE, purpose))
    lockstep.compare_views(view, [view])
    outcome = lockstep.model.view(view)
    return str(outcome.values[0]) if outcome.ok else outcome.error
