"""`weiproof report`, and reports that other commands write: files, exit codes, what is refused."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from weiproof.crosscheck import invariants
from weiproof.engine import mark
from weiproof.scripts import cli

if TYPE_CHECKING:
    from weiproof.engine.call import Call

ROOT = Path(__file__).resolve().parents[2]
AUGUST = str(ROOT / "scenarios" / "august_2024.toml")
SMALL = str(ROOT / "tests" / "simulation" / "small.toml")
FAULT = str(ROOT / "tests" / "faults" / "artifacts" / "accounts_owner")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def page(name: str) -> str:
    """A page that was written; it is one, and whole."""
    text = Path(name).read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert text.endswith("</html>\n")
    assert "default-src 'none'; script-src 'sha256-" in html.unescape(text)
    return text


def judgement(text: str) -> str:
    """The sentence at the head of a page."""
    found = re.search(r'class="judgement \w+"><span[^>]*></span>([^<]+)<', text)
    assert found is not None
    return found[1]


def test_a_run_writes_its_report(capsys: pytest.CaptureFixture[str]) -> None:
    """With --report it lies in the run's folder, and says what was compared; so does `report`."""
    assert cli.main(["run", SMALL, "--out", "here", "--report"]) == 0
    assert "wrote here/report.html" in capsys.readouterr().out
    first = page("here/report.html")
    assert re.fullmatch(
        r"Model and contracts agree: \d+ calls compared, 0 divergences\.", judgement(first)
    )
    assert cli.main(["report", "here"]) == 0
    assert page("here/report.html") == first


def test_json_stays_alone_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """A report beside it is written in silence."""
    arguments = ["--check", "off", "--json", "--out", "here", "--report"]
    assert cli.main(["run", SMALL, *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["divergences"] == 0
    assert judgement(page("here/report.html")) == "Not compared with the contracts."


def test_nothing_is_overwritten_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is there is named, and how to go on; a folder takes the usual name."""
    assert cli.main(["run", SMALL, "--check", "off", "--out", "here"]) == 0
    Path("mine.html").write_text("mine")
    assert cli.main(["report", "here", "--out", "mine.html"]) == 2
    assert "mine.html exists, and nothing is overwritten" in capsys.readouterr().err
    assert Path("mine.html").read_text() == "mine"
    Path("folder").mkdir()
    assert cli.main(["report", "here", "--out", "folder"]) == 0
    assert page("folder/report.html")
    assert cli.main(["report", "here", "--out", "missing/x.html"]) == 2
    assert "missing is no folder" in capsys.readouterr().err


def test_what_is_no_run_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without a journal, and one that is not there."""
    for name in (".", "nowhere"):
        assert cli.main(["report", name]) == 2
        assert "is not the folder of a run: it has no journal.jsonl" in capsys.readouterr().err
    assert cli.main(["report", ".", "--artifacts", FAULT]) == 2
    assert "are for a case, not for a run" in capsys.readouterr().err


def test_a_damaged_journal_ends_with_4(capsys: pytest.CaptureFixture[str]) -> None:
    """The line is named, and no report is left or made anew."""
    assert cli.main(["run", SMALL, "--check", "off", "--out", "here", "--report"]) == 0
    before = page("here/report.html")
    journal = Path("here/journal.jsonl")
    journal.write_bytes(journal.read_bytes().replace(b'"deposit"', b'"settle"', 1))
    assert cli.main(["report", "here"]) == 4
    assert "journal line" in capsys.readouterr().err
    assert page("here/report.html") == before


def test_two_runs_are_laid_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    """Outcomes that differ are counted, and the parameters that do are named with both values."""
    other = Path("other.toml")
    other.write_text(
        Path(SMALL).read_text("utf-8").replace("target_ratio = 1.25", "target_ratio = 1.5")
    )
    assert cli.main(["run", SMALL, "--check", "off", "--out", "a"]) == 0
    assert cli.main(["run", "other.toml", "--check", "off", "--out", "b"]) == 0
    assert cli.main(["report", "a", "b"]) == 0
    assert "wrote comparison.html" in capsys.readouterr().out
    text = page("comparison.html")
    assert re.fullmatch(r"\d+ of \d+ outcomes differ\.", judgement(text))
    row = re.search(r"<tr><th[^>]*>target_ratio</th>.*?</tr>", text)
    assert row is not None
    assert row[0].index("1250000000000000000") < row[0].index("1500000000000000000")
    assert cli.main(["report", "a", "b"]) == 2
    assert cli.main(["report", "a", "a", "--out", "same.html"]) == 0
    assert judgement(page("same.html")) == "Both runs came to the same state."


def test_a_run_that_diverged_is_shrunk(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step, both values and the gap, then fewer calls, as a table and as a test in Solidity."""
    monkeypatch.setattr(mark, "div_truncate", lambda n, d: n // d)
    assert cli.main(["run", AUGUST, "--out", "here"]) == 1
    written = json.loads(Path("here/divergence.json").read_text())
    assert cli.main(["report", "here", "--trials", "40"]) == 0
    text = page("here/report.html")
    assert judgement(text) == f"Model and contracts differ at call {written['step']}."
    for key in ("model", "contract", "gap", "field"):
        assert written[key] in text
    assert "In Solidity" in text
    assert "contract Weiproof_run_settleTrade_state_Test {" in text
    found = re.search(r"Of (\d+) calls of the run these are left after 40 trials", text)
    assert found is not None
    left = re.search(
        r"<table>\s*<caption>Calls of the sequence</caption>.*?</table>", text, re.DOTALL
    )
    assert left is not None
    assert left[0].count("<tr>") - 1 < int(found[1])
    assert cli.main(["report", "here", "--trials", "0"]) == 0
    assert "The last 12 of" in page("here/report.html")
    capsys.readouterr()


def test_a_broken_invariant_has_a_report(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which, in which call, both sides and the gap; written by the run, and what is left of it."""
    check = invariants.Invariants.check

    def broken(self: invariants.Invariants, step: int, call: Call) -> None:
        check(self, step, call)
        fund = self.ledger.record.insurance_fund
        if fund:
            raise invariants.InvariantBroken("nobody <endows> the fund", step, call, fund, 0)

    monkeypatch.setattr(invariants.Invariants, "check", broken)
    assert cli.main(["run", SMALL, "--check", "off", "--out", "here", "--report"]) == 1
    said = capsys.readouterr().err
    written = json.loads(Path("here/divergence.json").read_text())
    assert (written["kind"], written["name"]) == ("invariant", "nobody <endows> the fund")
    assert f"gap       +{written['left']}" in said
    text = html.unescape(page("here/report.html"))
    assert "An invariant of the model is broken at call" in text
    for told in ("The broken invariant", "nobody <endows> the fund", written["left"]):
        assert told in text
    assert f"{written['left']} (left side \N{MINUS SIGN} right side" in text
    assert "weiproof run" in text
    sequence = re.search(r"<caption>Calls of the sequence</caption>.*?</table>", text, re.DOTALL)
    assert sequence is not None
    assert not Path("here/summary.json").exists()
    assert cli.main(["run", SMALL, "--check", "off", "--out", "again", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["divergence"]["name"] == written["name"]
    assert cli.main(["report", "here", "--trials", "0"]) == 0
    assert "The calls were not played again" in page("here/report.html")


def test_variants_are_compared_by_what_they_change() -> None:
    """Each is named, and the keys that its variant changes stand with both values."""
    scenario = str(ROOT / "scenarios" / "margin" / "flash_crash.toml")
    plain, variant = ["run", scenario, "--check", "off", "--out"], "trades-and-depth"
    assert cli.main([*plain, "a"]) == 0
    assert cli.main([*plain, "b", "--variant", variant]) == 0
    assert cli.main(["replay", "b"]) == 0
    assert json.loads(Path("b/summary.json").read_text())["variant"] == variant
    assert cli.main(["report", "a", "b"]) == 0
    text = page("comparison.html")
    assert f"variant {variant}, with seed" in text
    row = re.search(r"<tr><th[^>]*>market\.ETH-USD/ETH-PERP\.path</th>.*?</tr>", text)
    assert row is not None
    assert row[0].index("<td>steady</td>") < row[0].index("<td>crashing</td>")


def test_a_divergence_that_is_mended_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found stands there; played again, nothing shows it."""
    with monkeypatch.context() as broken:
        broken.setattr(mark, "div_truncate", lambda n, d: n // d)
        assert cli.main(["run", AUGUST, "--out", "here"]) == 1
    assert cli.main(["report", "here"]) == 0
    assert "Played again, these calls do not show it" in page("here/report.html")
    capsys.readouterr()


def test_a_campaign_and_its_case_have_reports(
    capsys: pytest.CaptureFixture[str], quickest: str
) -> None:
    """Counts of all kinds; what was found, its calls and its test, in both."""
    arguments = ["--steps", "400", "--seed", "3", "--trials", "40", "--chain", quickest]
    arguments += ["--artifacts", FAULT, "--report", "fuzz.html"]
    assert cli.main(["fuzz", *arguments]) == 1
    text = page("fuzz.html")
    assert judgement(text).startswith("A difference was found after")
    for word in ("house.transfer", "Rare states", "MarketAdded", "_Test {"):
        assert word in text
    case = next(each for each in Path("cases").glob("*.json") if "raw" not in each.name)
    assert cli.main(["report", str(case), "--artifacts", FAULT]) == 0
    text = page(f"{case.stem}.html")
    assert judgement(text) == "The contract reverts, the model accepts."
    assert "Rule in Solidity" in text
    assert f"weiproof replay {case} --artifacts {FAULT}<" in text
    assert cli.main(["report", str(case), "--out", "mended.html"]) == 0
    assert judgement(page("mended.html")) == "Model and contracts agree on this sequence now."
    assert cli.main(["fuzz", "--steps", "9", "--report", "fuzz.html"]) == 2
    capsys.readouterr()
