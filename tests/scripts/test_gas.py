"""`weiproof gas` measures what it says, and its published table is what it prints today."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.chains import actor
from weiproof.crosscheck import gas
from weiproof.crosscheck.fuzz.playground import SPEC
from weiproof.crosscheck.gas.rig import DEBTOR, LONG, PRICE
from weiproof.crosscheck.protocol import deployment_plan
from weiproof.engine.call import Call
from weiproof.engine.fixed_point import WAD
from weiproof.engine.records import MarketRecord
from weiproof.scripts import cli
from weiproof.scripts.gas import page

if TYPE_CHECKING:
    from weiproof.engine.call import Value

ROOT = Path(__file__).parents[2]

SAMPLED = (gas.Size(1), gas.Size(4, 3))
"""The columns that the published table is compared in; the longest calls in the first one only."""
LONGEST = ("settleBatch", "liquidationPrice")

Cells = dict[tuple[str, ...], str]
"""Table, function, situation and column to the figure."""


def cells_of(text: str) -> Cells:
    """The figures of a page; empty cells are left out."""
    cells: Cells = {}
    for part in text.split("## ")[1:]:
        lines = [re.split(r" ?\| ?", line)[1:-1] for line in part.splitlines() if line[:1] == "|"]
        for function, situation, *figures in lines[2:]:
            for column, figure in zip(lines[0][2:], figures, strict=True):
                if figure:
                    cells[part.splitlines()[0], function, situation, column] = figure
    return cells


@pytest.fixture(scope="module")
def published() -> str:
    """The text of docs/gas.md."""
    return (ROOT / "docs" / "gas.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rig() -> gas.Rig:
    """Everything on, on the back end that is quick and exact; tests hold the last sampled size."""
    return gas.Rig("pyevm", "full")


@pytest.fixture(scope="module")
def rows(rig: gas.Rig) -> tuple[gas.Row, ...]:
    """Sampled rows."""
    shorter = [name for name in gas.FUNCTIONS if name not in LONGEST]
    plain = gas.measure("pyevm", SAMPLED[:1], settings=["plain"])
    return (*gas.measure_on(rig, SAMPLED, shorter), *plain)


def test_the_published_figures_are_up_to_date(rows: tuple[gas.Row, ...], published: str) -> None:
    """What docs/gas.md says in the sampled cells is, to the last unit of gas, what is measured."""
    measured = cells_of(page(rows, SAMPLED, tuple(gas.SETTINGS)))
    assert len(measured) > 150
    assert measured == {key: cells_of(published).get(key) for key in measured}


def test_the_published_table_is_whole(published: str) -> None:
    """docs/gas.md has today's text, every situation and every column, and nothing else."""
    blank = gas.Measure(1, 0)
    rows = [
        gas.Row(each, setting, dict.fromkeys(gas.sizes_of(each, gas.SIZES), blank))
        for setting in gas.SETTINGS
        for each in gas.SITUATIONS
        if setting in each.settings
    ]
    form = re.compile(r"(?<= )[\d,]+(?= \|)")
    expected = page(rows, gas.SIZES, tuple(gas.SETTINGS)) + "\n"
    assert form.sub("1", published) == form.sub("1", expected)


def test_every_function_is_measured_or_says_why_not() -> None:
    """Each external function of the clearing house has a row or a reason; no name is another's."""
    (abi,) = (step.abi for step in deployment_plan(SPEC).steps if step.label == "house")
    external = {entry["name"]: entry for entry in abi if entry["type"] == "function"}
    assert set(gas.FUNCTIONS).isdisjoint(gas.NOT_MEASURED)
    assert {*gas.FUNCTIONS, *gas.NOT_MEASURED} == set(external)
    for name in gas.NOT_MEASURED:
        assert external[name]["stateMutability"] in {"view", "pure"}


def test_more_markets_and_tokens_cost_more(published: str) -> None:
    """Each published figure is above those of fewer markets, and tokens come on top."""
    cells = cells_of(published)
    titles = [size.title for size in gas.SIZES]
    for setting in gas.SETTINGS:
        for each in gas.SITUATIONS:
            if not each.by_size or setting not in each.settings:
                continue
            place = setting.capitalize(), each.function, each.name
            shown = [cells.get((*place, title)) for title in titles]
            figures = [int(figure.replace(",", "")) if figure else 0 for figure in shown]
            one, two, four, eight, four_and_three, eight_and_four = figures
            assert each.needs_token or 0 < one < two < four < eight
            assert four < four_and_three < eight_and_four
            assert eight < eight_and_four


def test_back_ends_agree(rows: tuple[gas.Row, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """The default back end gives the same figures for one function, as JSON."""
    options = ["--function", "accrueFunding", "--size", "1", "--setting", "plain", "--json"]
    assert cli.main(["gas", *options]) == 0
    report = json.loads(capsys.readouterr().out)
    expected = [row for row in rows if row.situation.function == "accrueFunding"]
    assert report == {
        "chain": "eth-tester",
        "sizes": ["1"],
        "settings": ["plain"],
        "rows": gas.as_json(row for row in expected if row.setting == "plain"),
    }


@pytest.mark.usefixtures("rows")
class TestRig:
    """What the sampled rows were measured on."""

    def test_what_is_fixed_does_not_depend_on_the_size(
        self, rig: gas.Rig, rows: tuple[gas.Row, ...]
    ) -> None:
        """A row that stands once costs the same whatever the parties hold."""
        fixed = [row for row in rows if not row.situation.by_size and row.setting == "full"]
        assert fixed
        with rig.holding(SAMPLED[-1]):
            for row in fixed:
                with rig.led(*row.situation.leading):
                    assert [row.situation.measured(rig)] == list(row.measures.values())

    def test_the_liquidation_is_partial(self, rig: gas.Rig) -> None:
        """What is measured as a part, by liquidation or reduction, is a fifth; the rest is left."""
        situations = [each for each in gas.SITUATIONS if each.function in {"liquidate", "reduce"}]
        assert len(situations) == 4
        for situation in situations:
            with rig.holding(SAMPLED[-1]), rig.led(*situation.leading):
                rig.house(situation.sender, situation.function, *situation.arguments(rig))
                assert ask(rig, "positionRecord", actor(LONG), 0)[0][0] == WAD * 4 // 5

    def test_everything_is_on(self, rig: gas.Rig) -> None:
        """An offset's legs are held, a regime scales, funding and interest run, fees are tiered."""
        with rig.holding(SAMPLED[-1]):
            first, second, _rate = ask(rig, "offsets")[0][0]
            legs = [ask(rig, "positionRecord", actor(LONG), leg)[0][0] for leg in (first, second)]
            assert legs == [WAD, -WAD]
            assert ask(rig, "volatility", 0)[-1][3] == 1
            rate = list(MarketRecord.__dataclass_fields__).index("funding_rate")
            assert ask(rig, "marketRecord", 0)[0][rate] > 0
            assert ask(rig, "accountRecord", actor(DEBTOR))[0][0] < 0
            assert ask(rig, "interestRate")[0] > 0
            assert ask(rig, "markPrice", 0)[0] > PRICE * WAD
            assert ask(rig, "feeRates", actor(LONG), 0)[0] < rig.spec.markets[0].trade_fee_rate

    def test_holdings_only_grow(self, rig: gas.Rig) -> None:
        """A size with fewer markets than are open is refused."""
        with pytest.raises(ValueError, match="4 markets are open"), rig.holding(gas.Size(1)):
            pass


def ask(rig: gas.Rig, function: str, *args: Value) -> Any:  # noqa: ANN401 - records of the ABI
    """What a view of the clearing house answers."""
    return rig.system.view(Call(rig.now, actor(LONG), "house", function, args)).values


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--function", "nothing"], "nothing is not measured"),
        (["--size", "9"], "9 is not a size"),
        (["--size", "4+5"], "4+5 is not a size"),
        (["--size", "four"], "four is not a size"),
        (["--setting", "other"], "other"),
        (["--function", "withdrawCollateral", "--size", "4"], "needs a token"),
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
