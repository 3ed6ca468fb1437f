"""Reports of all shipped scenarios, opened in a browser: they are quiet, whole and usable."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.reports.browser import opened
from tests.reports.runs import SHIPPED, SMALL, page_of, run_of
from weiproof.reports.run_report import MOST_PICTURES
from weiproof.reports.tables import FIRST_ROWS
from weiproof.reports.units import PRICE, USD, shown
from weiproof.simulation.journal import read_journal

if TYPE_CHECKING:
    from pathlib import Path

AUGUST = SHIPPED["august_2024"]
CONGESTION = SHIPPED["congestion_2020"]
MOST_BYTES = 2_000_000
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
USABLE = """() => ({
  wide: document.documentElement.scrollWidth - window.innerWidth,
  unlabelled: [...document.querySelectorAll('input, select, button')]
    .filter((each) => !each.labels?.length && !each.textContent.trim()).length,
  uncaptioned: [...document.querySelectorAll('table')].filter((each) => !each.caption).length,
  unnamed: [...document.querySelectorAll('[role=region], svg.plot')]
    .filter((each) => !each.getAttribute('aria-label')).length,
  levels: [...document.querySelectorAll('h1, h2, h3, h4')].map((each) => Number(each.tagName[1])),
})"""


def write(content: bytes, folder: Path) -> Path:
    """A page as a file."""
    file = folder / "report.html"
    file.write_bytes(content)
    return file


def marks(folder: Path) -> dict[str, Any]:
    """How many marks the pictures must have, counted from the run's own files."""
    records = read_journal(folder / "journal.jsonl").records
    protocol = json.loads((folder / "protocol.json").read_text("utf-8"))["protocol"]
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    markets = [market["name"] for market in protocol["markets"]]
    sold = Counter(
        markets[event.args[1]]  # type: ignore[index]
        for record in records
        for event in record.outcome.events
        if event.name in ("Liquidated", "Deleveraged")
    )
    rated = {each["name"]: each["feed"] for each in protocol["rated_feeds"]}
    sources = {
        price["name"]: [rated.get(each["feed"], each["feed"]) for each in price["sources"]]
        for price in protocol["prices"]
    }
    stale = {
        market["name"]: sum(
            len(summary["stale_periods"][feed]) for feed in sources[market["price"]]
        )
        for market in protocol["markets"]
    }
    return {
        "markets": markets,
        "liquidations": sold,
        "stale": stale,
        "feeds": {market["name"]: len(sources[market["price"]]) for market in protocol["markets"]},
        "waits": len(summary.get("waiting", {}).get("latencies", {})),
    }


COUNT_MARKS = """(figure) => {
  const count = (label, what) =>
    [...figure.querySelectorAll(`g[data-mark="${label}"]`)]
      .reduce((sum, group) => sum + group.querySelectorAll(what).length, 0);
  return { dots: count('dot', 'path'), rects: count('rect', 'rect'), lines: count('line', 'path') };
}"""


@pytest.mark.parametrize("name", SHIPPED)
def test_the_report_of_a_shipped_scenario(name: str, tmp_path: Path) -> None:
    """It says nothing to the console, asks for nothing, fits every width, and draws every mark."""
    folder, content = run_of(SHIPPED[name]), page_of(SHIPPED[name])
    assert len(content) < MOST_BYTES
    expected = marks(folder)
    with opened(write(content, tmp_path)) as shown_page:
        page = shown_page.page
        assert page.locator("h1").count() == 1
        figures = page.locator('figure[data-chart="prices"]')
        many = len(expected["markets"]) > MOST_PICTURES
        assert figures.count() == (1 if many else len(expected["markets"]))
        shown_markets = [name for figure in figures.all() for name in markets_of(figure, many=many)]
        assert shown_markets == expected["markets"]
        for figure in figures.all():
            # of fifty markets those that were hit hardest, and one that was not
            hit = sorted(
                markets_of(figure, many=many), key=lambda each: -expected["liquidations"][each]
            )
            for market in [*hit[:4], hit[-1]]:
                choose(page, figure, market)
                found = figure.evaluate(COUNT_MARKS)
                assert found["dots"] == expected["liquidations"][market], market
                assert found["rects"] == expected["stale"][market], market
                assert found["lines"] >= expected["feeds"][market], market
        if expected["waits"]:
            waits = page.locator('figure[data-chart="latencies"]').evaluate(COUNT_MARKS)
            assert waits["rects"] == expected["waits"]
        for width in (1600, 1024, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(30)
            found = page.evaluate(USABLE)
            assert found["wide"] <= 0, width
        assert found["unlabelled"] == found["uncaptioned"] == found["unnamed"] == 0
        assert found["levels"][0] == 1
        assert all(b - a <= 1 for a, b in zip(found["levels"], found["levels"][1:], strict=False))
        assert (shown_page.said, shown_page.asked) == ([], [])


def markets_of(figure: Any, *, many: bool) -> list[str]:  # noqa: ANN401 (a locator)
    """The markets that a picture can show."""
    offered = figure.locator("xpath=preceding::select[@data-choice='price-market'][1]/option")
    return offered.all_inner_texts() if many else [figure.get_attribute("data-market")]


def choose(page: Any, figure: Any, market: str) -> None:  # noqa: ANN401 (a page and a locator)
    """Lets a picture show a market, where it does not."""
    if figure.get_attribute("data-market") != market:
        page.locator("select[data-choice='price-market']").select_option(market)


@pytest.fixture(scope="module")
def august(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of August 2024 as a file."""
    return write(page_of(AUGUST), tmp_path_factory.mktemp("august"))


def cells(page: Any, table: str, place: int) -> list[str]:  # noqa: ANN401 (a page)
    """The texts of a column."""
    return list(page.locator(f"#table-{table} tbody tr > :nth-child({place})").all_inner_texts())


def show_all(page: Any, table: str) -> None:  # noqa: ANN401 (a page)
    """Presses `Show more` until there is no more."""
    more = page.locator(f"#table-{table} [data-more]")
    while more.is_visible():
        more.click()


def test_a_table_is_sorted_by_its_heads(august: Path) -> None:
    """By number, not by text; the second press turns it round, and the head says so."""
    with opened(august) as shown_page:
        page = shown_page.page
        show_all(page, "liquidations")
        head = page.locator('#table-liquidations th[data-key="notional"]')
        head.locator("button").press("Enter")
        assert head.get_attribute("aria-sort") == "ascending"
        show_all(page, "liquidations")
        rising = [number_of(text) for text in cells(page, "liquidations", 10)]
        assert len(rising) == len(liquidations(run_of(AUGUST)))
        assert rising == sorted(rising)
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == "descending"
        show_all(page, "liquidations")
        falling = [number_of(text) for text in cells(page, "liquidations", 10)]
        assert falling == sorted(rising, reverse=True)


def number_of(text: str) -> float:
    """For order only."""
    return float(re.sub(r"[^0-9.\-]", "", text.replace("\N{MINUS SIGN}", "-")))


def test_a_table_is_filtered(august: Path) -> None:
    """By a word in any text and by a chosen market, together; the count is told."""
    expected = [row for row in liquidations(run_of(AUGUST)) if row["market"] == 1]
    assert expected
    with opened(august) as shown_page:
        page = shown_page.page
        page.locator("#table-liquidations select[data-filter=market]").select_option("BTC-PERP")
        show_all(page, "liquidations")
        assert set(cells(page, "liquidations", 3)) == {"BTC-PERP"}
        assert len(cells(page, "liquidations", 3)) == len(expected)
        page.get_by_label("Find").first.fill("HIGH-0")
        accounts = cells(page, "liquidations", 2)
        assert accounts
        assert all(name.startswith("high-0") for name in accounts)
        told = page.locator("#table-liquidations [data-count]").inner_text()
        assert told == f"{len(accounts)} of {len(liquidations(run_of(AUGUST)))} rows"


def liquidations(folder: Path) -> list[dict[str, Any]]:
    """The liquidations of a run without routes, from its journal."""
    keys = ("account", "market", "taker", "size", "mark", "fee", "reward", "deficit", "route")
    return [
        {"at": record.call.at, **dict(zip(keys, event.args, strict=True))}
        for record in read_journal(folder / "journal.jsonl").records
        for event in record.outcome.events
        if event.name == "Liquidated"
    ]


def test_amounts_are_those_of_the_journal_to_the_last_digit(august: Path) -> None:
    """A cell shows the integer cut, an ellipsis where digits are missing, and holds it whole."""
    rows = liquidations(run_of(AUGUST))
    with opened(august) as shown_page:
        page = shown_page.page
        show_all(page, "liquidations")
        columns = {8: ("mark", PRICE), 11: ("fee", USD), 12: ("reward", USD), 13: ("deficit", USD)}
        for place, (key, unit) in columns.items():
            found = page.locator(f"#table-liquidations tbody tr > :nth-child({place}) data")
            values = found.evaluate_all("(all) => all.map((each) => each.getAttribute('value'))")
            assert values == [str(row[key]) for row in rows]
            told = [shown(row[key], unit) for row in rows]
            assert found.all_inner_texts() == [f"{t}{ELLIPSIS if cut else ''}" for t, cut in told]
        page.get_by_label("Raw integers").check()
        show_all(page, "liquidations")
        assert cells(page, "liquidations", 11) == [str(row["fee"]) for row in rows]


def test_pictures_are_read_with_the_keyboard(august: Path) -> None:
    """An arrow key tells time and prices; the slider of levels draws another time."""
    with opened(august) as shown_page:
        page = shown_page.page
        figure = page.locator("figure[data-chart=prices]").first
        figure.locator("svg.plot").focus()
        page.keyboard.press("End")
        assert "binance 2,2" in figure.locator(".readout").inner_text()
        levels = page.locator("figure[data-chart=levels]")
        slider = page.locator("[data-choice=time]")
        before = levels.locator("svg").inner_html()
        slider.focus()
        page.keyboard.press("Home")
        assert levels.locator("svg").inner_html() != before
        assert "00:" in page.locator("[data-controls=levels] output").inner_text()


def test_amounts_of_other_magnitude_have_a_picture_of_their_own(tmp_path: Path) -> None:
    """Fund and shortfalls in one, vault and deleveraging in the other; each line stands in one."""
    with opened(write(page_of(SHIPPED["exhausted_fund"]), tmp_path)) as shown_page:
        figures = shown_page.page.locator("#funds figure[data-chart=steps]")
        lines = [figure.locator(".legend li").all_inner_texts() for figure in figures.all()]
        drawn = [figure.evaluate(COUNT_MARKS)["lines"] for figure in figures.all()]
    assert lines == [
        ["insurance fund", "paid by the fund", "socialised"],
        ["backstop vault", "deleveraged"],
    ]
    assert drawn == [3, 2]


def test_an_account_has_a_part_of_its_own(august: Path) -> None:
    """Its name leads there; picture, figures and events are its own, and the address says whose."""
    with opened(august) as shown_page:
        page = shown_page.page
        assert not page.locator("#account").is_visible()
        page.get_by_label("Find").nth(1).fill("long-eth-20x")
        page.locator("#table-accounts tbody a").first.click()
        page.wait_for_selector("#account:not([hidden])")
        assert page.locator("#account h3").inner_text() == "long-eth-20x"
        assert page.url.endswith("#account=long-eth-20x")
        show_all(page, "standings")
        times = cells(page, "standings", 2)
        assert times == sorted(times)
        assert cells(page, "standings", 3)[-1] == "0.00"
        assert set(cells(page, "happenings", 1)) == {"long-eth-20x"}
        events = cells(page, "happenings", 3)
        assert events[0] == "deposited"
        assert sum(event.startswith("liquidated") for event in events) == 2
        dots = page.locator("#account figure").evaluate(COUNT_MARKS)
        assert dots["dots"] == 2
        page.get_by_role("button", name="Close").click()
        assert not page.locator("#account").is_visible()
        assert shown_page.said == []


def test_a_page_is_read_without_its_script(august: Path) -> None:
    """Verdict, figures and the first rows of every table stand in the page itself."""
    with opened(august, script=False) as shown_page:
        page = shown_page.page
        assert "Not compared with the contracts" in page.locator(".judgement").inner_text()
        assert len(cells(page, "liquidations", 1)) == FIRST_ROWS
        assert page.locator("figure .without").first.is_visible()
        assert not page.get_by_label("Raw integers").is_visible()


def test_nothing_but_the_own_script_runs(tmp_path: Path) -> None:
    """The policy stops scripts, handlers and styles that something put into the page."""
    evil = (
        b"<script>window.bad = 1</script><img src='data:,' onerror='window.bad = 2'>"
        b"<p style='position: fixed' id='styled'>x</p><script src='https://example.org/x.js'></script>"
    )
    content = page_of(SMALL).replace(b"<footer>", evil + b"<footer>")
    with opened(write(content, tmp_path)) as shown_page:
        page = shown_page.page
        assert page.evaluate("window.bad") is None
        assert (
            page.evaluate("getComputedStyle(document.getElementById('styled')).position")
            == "static"
        )
        assert sum("Content Security Policy" in line for line in shown_page.said) >= 4
        assert page.locator("svg.plot").count() > 0


def test_dark_pages_are_dark(august: Path) -> None:
    """Colours follow what the reader's system asks for, and nothing else changes."""
    found = {}
    for scheme in ("light", "dark"):
        with opened(august, scheme=scheme) as shown_page:
            found[scheme] = shown_page.page.evaluate(
                "getComputedStyle(document.body).backgroundColor"
            )
            assert shown_page.said == []
    assert found == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}


def test_a_printed_page_has_no_controls(august: Path) -> None:
    """On paper there are no fields, buttons and menus; tables and pictures stay."""
    with opened(august) as shown_page:
        page = shown_page.page
        page.emulate_media(media="print")
        assert not page.locator(".top").is_visible()
        assert not page.locator(".filters").first.is_visible()
        assert page.locator("svg.plot").first.is_visible()
