"""`weiproof oracle policies`: the list, the edges, and wrong names."""

from __future__ import annotations

import json

import pytest

from weiproof.crosscheck import boundaries
from weiproof.oracles.boundaries import rounds, uptimes
from weiproof.oracles.presets import PRESETS
from weiproof.scripts import cli


@pytest.fixture
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every age and kind, but two states of the sequencer."""
    kept = ("up for a day", "down")
    states = {name for name, _ in rounds(1).items() if name[0] in {"new", ""}}
    ages = {state for state in rounds(1) if state[1] == "ordinary"}
    chosen = states | ages
    monkeypatch.setattr(
        boundaries, "rounds", lambda now: {k: v for k, v in rounds(now).items() if k in chosen}
    )
    monkeypatch.setattr(
        boundaries, "uptimes", lambda p, now: {name: uptimes(p, now)[name] for name in kept}
    )


def test_the_list_names_every_policy(capsys: pytest.CaptureFixture[str]) -> None:
    """With the contract whose conditions it has."""
    assert cli.main(["oracle", "policies"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in PRESETS)
    assert "Comet.getPrice" in told


@pytest.mark.usefixtures("_few")
def test_the_edges_of_a_policy_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """What it asks, each state's outcome, and how many reads were compared on what."""
    assert cli.main(["oracle", "policies", "aave_v3", "weiproof", "--chain", "pyevm"]) == 0
    told = capsys.readouterr().out
    for shown in (
        "the sequencer: up 3,600 s since updatedAt, to trade or liquidate",
        "3,601 s old    price     stale",
        "carried over                 price    incomplete",
        "936 reads compared on pyevm, 0 differences",
    ):
        assert shown in told


@pytest.mark.usefixtures("_few")
def test_json_holds_every_combination(capsys: pytest.CaptureFixture[str]) -> None:
    """One entry a read."""
    assert cli.main(["oracle", "policies", "gmx_v2", "--json", "--chain", "pyevm"]) == 0
    told = json.loads(capsys.readouterr().out)["policies"]["gmx_v2"]
    assert told["future"] == "any"
    assert len(told["edges"]) == told["reads_compared"] == 468
    assert {edge["outcome"] for edge in told["edges"]} >= {"price", "StalePrice", "SequencerDown"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["avve_v3"], "did you mean aave_v3?"),
        (["zzz"], "there are weiproof, chainlink_guide"),
        (["aave_v3", "--chain", "geth"], "geth"),
    ],
)
def test_bad_usage_ends_with_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says what there is."""
    assert cli.main(["oracle", "policies", *arguments]) == 2
    assert words in capsys.readouterr().err
