"""Texts of scenarios, contracts and calls stay texts, whatever they are."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.reports import hostile
from tests.reports.browser import opened
from tests.reports.runs import SHIPPED, run_of
from weiproof.engine.call import Call
from weiproof.reports.comparison import comparison_report
from weiproof.reports.finding_report import FindingFacts, finding_report
from weiproof.reports.gathering import gather
from weiproof.reports.run_report import run_report
from weiproof.reports.units import utc

if TYPE_CHECKING:
    from pathlib import Path

STRUCTURE = """() => ({
  names: [...new Set([...document.querySelectorAll('*')].map((each) => each.localName))],
  scripts: document.scripts.length,
  handlers: [...document.querySelectorAll('*')]
    .filter((each) => [...each.attributes].some(({ name }) => name.startsWith('on'))).length,
  addresses: [...document.querySelectorAll('[href], [src], [action]')]
    .map((each) => each.getAttribute('href') ?? each.getAttribute('src') ?? 'action'),
  bad: window.bad,
})"""

PRESS_ALL = """() => {
  for (const each of document.querySelectorAll('details')) each.open = true;
  for (const head of document.querySelectorAll('th button')) head.click();
  for (const more of document.querySelectorAll('[data-more]')) while (!more.hidden) more.click();
}"""
VISIT_ACCOUNTS = """async () => {
  const wrong = [];
  for (const link of [...document.querySelectorAll('#table-accounts tbody a')].slice(0, 25)) {
    const changed = new Promise((done) => addEventListener('hashchange', done, { once: true }));
    link.click();
    await changed;
    const told = document.querySelector('#account h3')?.textContent;
    if (told !== undefined && told !== link.textContent) wrong.push(link.textContent);
  }
  return wrong;
}"""

ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "script", "header", "main", "footer"),
    *("nav", "section", "div", "h1", "h2", "h3", "p", "ul", "li", "dl", "dt", "dd", "a", "b", "em"),
    *("span", "data", "time", "label", "input", "select", "option", "output", "button", "details"),
    *("summary", "table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption"),
    *("pre", "code"),
    *("svg", "g", "path", "line", "rect", "text", "tspan", "clipPath", "defs", "title"),
}
"""All that a page is made of."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which every name is hostile."""
    made = tmp_path_factory.mktemp("hostile")
    source = run_of(SHIPPED["august_2024"])
    made.joinpath("texts.json").write_text(json.dumps(hostile.make(source, made).used), "utf-8")
    return made


def check(content: bytes, texts: list[str], tmp_path: Path, most_missing: int = 0) -> None:
    """Opens a page, presses what there is to press, and looks for what texts would have done."""
    file = tmp_path / "page.html"
    file.write_bytes(content)
    with opened(file) as shown:
        page = shown.page
        page.evaluate(PRESS_ALL)
        text = squeezed(page.evaluate("document.documentElement.textContent"))
        page.get_by_label("Raw integers").check()
        assert page.evaluate(VISIT_ACCOUNTS) == []
        found = page.evaluate(STRUCTURE)
        assert (shown.said, shown.asked) == ([], [])
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert found["bad"] is None
    assert set(found["names"]) <= ELEMENTS
    assert found["scripts"] == 2
    assert found["handlers"] == 0
    assert all(address.startswith("#") for address in found["addresses"])
    missing = [each for each in texts if squeezed(each) not in text]
    assert len(missing) <= most_missing, missing[:5]


def squeezed(text: str) -> str:
    """Text without what HTML does not keep: the kinds of white space, and NUL."""
    return re.sub(r"[\s\0\ufffd]+", " ", text.encode("utf-8", "replace").decode()).strip()


def test_there_are_two_hundred_texts() -> None:
    """All different, and most of them would run."""
    texts = hostile.texts()
    assert len(set(texts)) == len(texts) == 200
    assert sum("<" in text for text in texts) > 100


def test_two_hundred_hostile_names_are_inert(folder: Path, tmp_path: Path) -> None:
    """Names of accounts, markets, feeds, functions, errors, keepers, versions, the scenario."""
    texts = json.loads((folder / "texts.json").read_text("utf-8"))
    assert len(texts) >= 150
    facts = gather(folder)
    # what is not shown: descriptions of feeds, arguments of errors, and the first of two names
    check(run_report(facts), told_in(facts, texts), tmp_path)


def told_in(facts: Any, texts: list[str]) -> list[str]:  # noqa: ANN401 (any facts)
    """Those of the texts that a run's page has to show."""
    names = {market.name for market in facts.spec.markets}
    names |= {facts.people.name(address) for address in facts.people.names}
    names |= set(facts.metrics.reverts) | {facts.name, facts.story.description}
    acted = {row[0] for row in facts.happenings.table().rows}
    wanted = [text for text in texts if text in names]
    assert len(wanted) >= 100
    assert len(acted) >= 100
    held = {str(row[0]) for row in facts.standings.account_table().rows} | acted
    others = names - {facts.people.name(address) for address in facts.people.names}
    return [text for text in wanted if text in held or text in others]


def test_hostile_names_are_inert_in_a_comparison(folder: Path, tmp_path: Path) -> None:
    """Of two runs, one of them with other names."""
    first, second = gather(folder), gather(run_of(SHIPPED["august_2024"]))
    check(comparison_report(first, second), [first.name, second.name], tmp_path)


def test_hostile_calls_are_inert_in_a_finding(tmp_path: Path) -> None:
    """Targets, functions, arguments, senders, and what was found when a case was saved."""
    texts = hostile.texts()
    people = {f"0x{number:040x}": text for number, text in enumerate(texts)}
    calls = [
        Call(number, address, texts[-number - 1], texts[number], (text[:300],))
        for number, (address, text) in enumerate(people.items())
    ]
    saved = {
        "kind": texts[0],
        "step": texts[1],
        "where": texts[2],
        "account": texts[3],
        "field": texts[4],
        "model": texts[5],
        "contract": texts[6],
        "gap": texts[7],
        "call": {
            "target": texts[8],
            "function": texts[9],
            "args": [texts[10]],
            "sender": texts[11],
        },
        "view": {"target": texts[12], "function": texts[13], "args": [texts[14]]},
    }
    facts = FindingFacts(
        target=texts[15],
        seed=1,
        names=people,
        genesis_time=0,
        fixture=calls[:3],
        calls=calls,
        finding=None,
        diagnosis=None,
        solidity="\n".join(texts),
        no_solidity=texts[16],
        saved=saved,
        how=texts[17],
        again=texts[18],
    )
    check(
        finding_report(facts),
        [*texts[:15], *(text for text in texts if text.isprintable())],
        tmp_path,
    )


@pytest.mark.parametrize(
    ("at", "text"), [(0, "1970-01-01 00:00:00"), (2**70, str(2**70)), (-1, "-1")]
)
def test_a_time_beyond_all_calendars_is_a_number(at: int, text: str) -> None:
    """A hostile time stops no page."""
    assert utc(at) == text
