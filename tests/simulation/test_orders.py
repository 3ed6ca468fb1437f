"""A market maker whose orders rest in the book: the matcher reports them before each trade."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from weiproof.simulation.journal import read_journal
from weiproof.simulation.loading import load_scenario, scenario_of
from weiproof.simulation.replay import replay
from weiproof.simulation.run import Check, Run
from weiproof.simulation.toml_exact import ScenarioError

SMALL = Path(__file__).parent.joinpath("small.toml").read_text("utf-8")
RESTING = SMALL.replace("spread = 0.001", "spread = 0.001\nresting = 5_000", 1)


def test_orders_are_reported_filled_and_compared(tmp_path: Path) -> None:
    """On the contracts, too: each trade comes after a report and takes its size off one side."""
    file, folder = tmp_path / "resting.toml", tmp_path / "run"
    file.write_text(RESTING, "utf-8")
    folder.mkdir()
    Run(load_scenario(file), check=Check("full"), chain="pyevm", folder=folder).run()
    told = json.loads((folder / "summary.json").read_bytes())
    assert told["divergences"] == 0
    assert told["functions"]["house.setOrders"] >= told["functions"]["house.settleTrade"] > 0
    filled = 0
    records = read_journal(folder / "journal.jsonl").records
    for before, record in pairwise(records):
        if record.call.function != "settleTrade" or not record.outcome.ok:
            continue
        assert before.call.function == "setOrders"
        size, resting = record.call.args[3], before.call.args[2]
        (change,) = [e.args for e in record.outcome.events if e.name == "OrdersChanged"]
        assert isinstance(size, int)
        assert isinstance(resting, int)
        assert {resting, max(resting - size, 0)} == {change[2], change[4]}
        filled += 1
    assert filled > 0
    assert replay(folder).state_hash == told["state_hash"]


@pytest.mark.parametrize("amount", ["0", "-1", "0.0000001"])
def test_what_rests_is_a_positive_amount(amount: str) -> None:
    """Nothing, less than nothing, and a part of a token unit are refused."""
    with pytest.raises(ScenarioError, match="resting"):
        scenario_of(RESTING.replace("5_000", amount), "small.toml")
