"""A long run of many accounts still has a report that can be sent around."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.reports.runs import SMALL, page_of, run_of
from weiproof.reports.gathering import gather
from weiproof.reports.run_report import run_report

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 2_000_000
MINUTES = 24 * 60
GROUP = """
[[group]]
name = "crowd"
count = 1000
deposit = { kind = "loguniform", low = 500, high = 20_000 }
leverage = { kind = "uniform", low = 6, high = 18 }
long_share = 0.8
markets = ["ETH-PERP"]
enter_from = 72000
enter_to = 74000
"""
FEED = (
    '[[feed]]\nname = "{name}"\nprice = "ETH-USD"\nsource = "eth"\ndecimals = 8\nheartbeat = 60\n'
)
AGES = "deviation = 0.5\ndelay = 0\nmax_age = 600\nliquidation_max_age = 1200\n"


@pytest.mark.slow
def test_a_day_of_minutes_with_a_thousand_accounts(tmp_path: Path) -> None:
    """Below two megabytes, and made in a few seconds, with a thousand liquidations in it."""
    text = SMALL.read_text("utf-8")
    head = text[: text.index("[[feed]]")]
    market = text[text.index("[[market]]") : text.index("[[path]]")]
    keeper = text[text.index("[[keeper]]") :]
    head = head.replace("start = 1000", "start = 60").replace("end = 2000", "end = 86400")
    head = head.replace("block_time = 10", "block_time = 60")
    keeper = re.sub(r"capacity = \d+", "capacity = 50", keeper)
    keeper = re.sub(r"capital = [\d_]+", "capital = 50_000_000", keeper)
    rows = ", ".join(
        f"[{60 + minute * 60}, {2000 - max(minute - 400, 0) % 200}.{minute % 100:02}]"
        for minute in range(MINUTES)
    )
    path = f'[[path]]\nname = "eth"\nrows = [{rows}]\n'
    feeds = "".join(FEED.format(name=name) + AGES for name in ("one", "two", "three", "four"))
    file = tmp_path / "minutes.toml"
    file.write_text(head + feeds + market + GROUP + keeper + path, "utf-8")
    folder = run_of(file)
    began = time.perf_counter()
    facts = gather(folder)
    page = run_report(facts)
    assert time.perf_counter() - began < 30
    assert facts.calls > 4 * MINUTES
    assert facts.liquidations.count > 500
    assert facts.standings is not None
    assert len(facts.standings.accounts) > 1000
    assert len(page) < MOST_BYTES


def test_a_small_report_is_small() -> None:
    """Most of it is its script."""
    assert len(page_of(SMALL)) < 600_000
