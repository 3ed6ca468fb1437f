"""`weiproof compare`: a table, a verdict on what was expected, and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from weiproof.scripts import cli

ROOT = Path(__file__).resolve().parents[2]
WSTETH = ROOT / "scenarios" / "incidents" / "wsteth_2026.toml"
SMALL = str(ROOT / "tests" / "simulation" / "small.toml")


def test_the_variants_stand_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    """A shipped incident is known by name; each variant has a row and its description."""
    assert cli.main(["compare", "wsteth_2026", "--check", "off"]) == 0
    told = capsys.readouterr().out
    for shown in (
        "capped           34",
        "in-step           0",
        "model only",
        "the cap's rate counts",
    ):
        assert shown in told


def test_calls_are_compared_with_the_contracts(capsys: pytest.CaptureFixture[str]) -> None:
    """One variant on the embedded EVM; as JSON, amounts are decimal strings."""
    arguments = ["--variant", "in-step", "--check", "sample:50", "--json"]
    assert cli.main(["compare", "wsteth_2026", *arguments]) == 0
    (told,) = json.loads(capsys.readouterr().out)["variants"]
    assert (told["variant"], told["liquidated"], told["shortfall"]) == ("in-step", 0, "0")
    assert told["calls_compared"] > 100
    assert told["as_expected"] is True


def test_a_file_without_variants_is_one_row(capsys: pytest.CaptureFixture[str]) -> None:
    """As it is written; as a Markdown table."""
    assert cli.main(["compare", SMALL, "--check", "off", "--markdown"]) == 0
    head, rule, row = capsys.readouterr().out.splitlines()
    assert head == "| variant | liquidated | notional | bad debt | shortfall | refused |"
    assert rule == "| --- | ---: | ---: | ---: | ---: | --- |"
    assert row.startswith("| as written | ")


def test_another_outcome_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was expected is told beside what was found, to the token unit."""
    file = tmp_path / "other.toml"
    file.write_text(WSTETH.read_text("utf-8").replace("liquidated = 34", "liquidated = 33"))
    assert cli.main(["compare", str(file), "--check", "off"]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "expected liquidated = 33, bad_debt = 0.000000, shortfall = 0.000000, found" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "wsteth_2026", "--variant", "cap"], "Did you mean capped?"),
        (["compare", "missing.toml"], "readable file"),
        (["compare", "wsteth_2026", "--chain", "geth"], "geth"),
        (["run", "wsteth_2026", "--variant", "x"], "capped, in-step, refused"),
    ],
)
def test_bad_usage_ends_with_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names what is there."""
    assert cli.main(arguments) == 2
    assert words in capsys.readouterr().err


def test_a_variant_is_run_like_a_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a journal, and the command to run it again; its replay verifies."""
    monkeypatch.chdir(tmp_path)
    arguments = ["--variant", "refused", "--check", "off", "--out", "here"]
    assert cli.main(["run", "wsteth_2026", *arguments]) == 0
    assert "--variant refused" in capsys.readouterr().out
    assert cli.main(["replay", "here"]) == 0
