"""What policies do at their edges: equal on both sides, and on the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from weiproof.crosscheck import boundaries as module
from weiproof.crosscheck.boundaries import PRICE_GIVEN, SidesDiffer, boundaries, composed
from weiproof.engine.records import LAST_PURPOSE, LIQUIDATION, TRADE
from weiproof.oracles.boundaries import rounds, uptimes
from weiproof.oracles.presets import PRESETS
from weiproof.scripts.oracle_policies import asked_in_markdown, in_markdown, sources_in_markdown

if TYPE_CHECKING:
    from weiproof.crosscheck.boundaries import Table
    from weiproof.oracles.presets import Preset

PAGE = Path(__file__).resolve().parents[2] / "docs" / "oracles" / "policies.md"


@pytest.mark.slow
def test_every_combination_is_equal_on_both_sides_and_on_the_page(revm: str) -> None:
    """All policies; the three tables say every combination, and the page shows them."""
    tables = boundaries(PRESETS, revm)
    page = PAGE.read_text("utf-8")
    assert f"\n{asked_in_markdown()}\n" in page
    assert f"\n{sources_in_markdown()}\n" in page
    assert f"\n{in_markdown(tables)}\n" in page
    reads = sum(table.reads for table in tables.values())
    assert f"{reads:,} reads" in page
    assert reads == sum(len(table.cells) for table in tables.values())
    for name, table in tables.items():
        for (sequencer, state, purpose), told in table.cells.items():
            assert composed(table, sequencer, state, purpose) == told
        check_purposes(PRESETS[name], table)


def check_purposes(preset: Preset, table: Table) -> None:
    """What the page shows of trading and liquidating is what holds for every purpose."""
    for purpose in range(LAST_PURPOSE + 1):
        lenient, waits = preset.lenient >> purpose & 1, preset.waits >> purpose & 1
        assert table.by_age(purpose) == table.by_age(LIQUIDATION if lenient else TRADE)
        assert table.by_kind(purpose) == table.by_kind(TRADE)
        if waits:
            assert table.by_uptime(purpose) == table.by_uptime(LIQUIDATION)
        else:
            assert set(table.by_uptime(purpose).values()) == {PRICE_GIVEN}


def test_a_sample_is_equal_on_the_embedded_evm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tenth round and every third state of the sequencer, of three policies."""
    monkeypatch.setattr(module, "rounds", lambda now: dict(list(rounds(now).items())[::10]))
    monkeypatch.setattr(module, "uptimes", lambda p, now: dict(list(uptimes(p, now).items())[::3]))
    tables = boundaries(("weiproof", "aave_v3", "euler_chainlink"), "pyevm")
    assert all(table.reads == 14 * 5 * 6 for table in tables.values())


def test_a_difference_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that takes the limit for exclusive is caught at the limit."""
    monkeypatch.setattr(module, "rounds", lambda now: {s: rounds(now)[s] for s in EDGE})
    stale = "weiproof.oracles.price_policy.is_stale"
    monkeypatch.setattr(stale, lambda at, limit, _, now: now - at >= limit)
    with pytest.raises(SidesDiffer, match=re.escape("hub.price")) as caught:
        boundaries(("gmx_v2",), "pyevm")
    assert "StalePrice" in str(caught.value)


EDGE = (("new", "ordinary"), ("3,600 s old", "ordinary"))
