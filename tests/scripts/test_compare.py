"""`weiproof compare`: a table, a verdict on what was expected, and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from weiproof.engine import funding
from weiproof.scripts import cli

ROOT = Path(__file__).resolve().parents[2]
WSTETH = ROOT / "scenarios" / "incidents" / "wsteth_2026.toml"
SQUEEZE = ROOT / "scenarios" / "cascades" / "squeeze.toml"
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


def test_routes_have_figures_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON, and in tables that fit a terminal; a wrong one is told as a file has it."""
    file = tmp_path / "squeeze.toml"
    file.write_text(SQUEEZE.read_text("utf-8").replace("backstop = 24", "backstop = 23"))
    arguments = ["compare", str(file), "--check", "off", "--variant", "capacity"]
    assert cli.main(arguments) == 1
    told = capsys.readouterr().out
    assert "…" not in told
    assert "expected liquidated = 9" in " ".join(told.split())
    for routes in ("keeper = 8, backstop = 23", "keeper = 8, backstop = 24"):
        assert f"routes = {{ {routes}, forced_close = 21 }}" in " ".join(told.split())
    assert cli.main([*arguments, "--json"]) == 1
    (form,) = json.loads(capsys.readouterr().out)["variants"]
    counts = {"keeper": 8, "backstop": 24, "forced_close": 21}
    assert {name: count for name, count in form["routes"].items() if count} == counts
    assert form["vault_result"].startswith("-640")
    assert form["gate_closings"] == 0


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


def test_amounts_are_told_as_a_file_has_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Thousands are set apart as in TOML, so that they can be pasted."""
    file = tmp_path / "other.toml"
    expected = "liquidated = 34, bad_debt = 1_234.500000"
    text = WSTETH.read_text("utf-8").replace("liquidated = 34, bad_debt = 0", expected)
    file.write_text(text)
    assert cli.main(["compare", str(file), "--check", "off", "--variant", "capped"]) == 1
    assert expected in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(("seed", "code"), [("1", 1), ("5", 0)])
def test_what_is_expected_holds_for_the_seed_of_the_file(
    seed: str, code: int, tmp_path: Path
) -> None:
    """With another one, nothing is."""
    file = tmp_path / "other.toml"
    file.write_text(WSTETH.read_text("utf-8").replace("liquidated = 34", "liquidated = 33"))
    arguments = ["--check", "off", "--seed", seed, "--json"]
    assert cli.main(["compare", str(file), *arguments]) == code


def test_a_variant_that_is_wrong_is_told_before_any_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever place it has among them."""
    monkeypatch.setattr("weiproof.simulation.comparison.outcome", pytest.fail)
    file = tmp_path / "other.toml"
    file.write_text(WSTETH.read_text("utf-8").replace("lowest = 1.2279", "lowst = 1.2279"))
    assert cli.main(["compare", str(file), "--check", "off"]) == 2
    assert "variant refused: feed[0].lowst" in capsys.readouterr().err


def test_a_divergence_ends_with_1_and_names_the_variant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that funds wrongly is found out, without a traceback."""
    monkeypatch.setattr(funding, "div_truncate", lambda n, d: n // d + 1)
    assert cli.main(["compare", SMALL]) == 1
    told = capsys.readouterr().err
    assert "as written: " in told
    assert "Traceback" not in told


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
