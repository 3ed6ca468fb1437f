"""`weiproof gas` measures what it says, and its published table is what it prints today."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from weiproof.contracts.chains import actor, open_chain
from weiproof.crosscheck import gas
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD
from weiproof.scripts import cli
from weiproof.scripts.gas import page

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def rows() -> tuple[gas.Row, ...]:
    """Every row at every size, on the back end that is quick and exact."""
    return gas.measure("pyevm")


def test_the_published_table_is_up_to_date(rows: tuple[gas.Row, ...]) -> None:
    """docs/gas.md is, to the last unit of gas, what the command prints."""
    published = (ROOT / "docs" / "gas.md").read_text(encoding="utf-8")
    assert published == page(rows, gas.SIZES) + "\n"


def test_more_markets_cost_more(rows: tuple[gas.Row, ...]) -> None:
    """Where the size counts, each size costs more than the one before, and never the intrinsic."""
    for row in rows:
        figures = [each.gas for each in row.measures.values()]
        assert figures == sorted(set(figures))
        assert all(each.gas > each.intrinsic for each in row.measures.values())
        assert len(figures) == (len(gas.SIZES) if row.situation.by_size else 1)


def test_back_ends_agree(rows: tuple[gas.Row, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """The default back end gives the same figures for one function, as JSON."""
    code = cli.main(["gas", "--function", "accrueFunding", "--size", "1", "--json"])
    report = json.loads(capsys.readouterr().out)
    expected = [row for row in rows if row.situation.function == "accrueFunding"]
    assert code == 0
    assert report["rows"] == gas.as_json(expected)
    assert (report["chain"], report["sizes"]) == ("eth-tester", [1])


@pytest.mark.parametrize("size", gas.SIZES)
def test_the_liquidation_is_partial(size: int) -> None:
    """What is measured as a partial liquidation takes a fifth and leaves the rest, at any size."""
    rig = gas.Rig(open_chain("pyevm", genesis_time=gas.SPEC.genesis_time), size)
    rig.now += gas.WAIT
    rig.publish(gas.FALLEN)
    (row,) = (each for each in gas.SITUATIONS if each.function == "liquidate")
    rig.house(row.sender, row.function, *row.args)
    view = Call(rig.now, actor(gas.LONG), "house", "positionRecord", (actor(gas.LONG), 0))
    (position,) = rig.system.view(view).values
    assert isinstance(position, tuple)
    assert position[0] == WAD * 4 // 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--function", "nothing"], "nothing is not measured"),
        (["--size", "9"], "9 is not in the range"),
        (["--json", "--markdown"], "choose one"),
        (["--chain", "none"], "none"),
    ],
)
def test_bad_usage_is_told(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be measured ends with 2 and says why."""
    assert cli.main(["gas", *arguments]) == 2
    assert message in capsys.readouterr().err
