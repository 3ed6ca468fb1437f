"""Case files: what is saved comes back, nothing is overwritten, damage is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.targets.drill import drill
from tests.targets.opening import open_target
from weiproof.contracts.chains import actor
from weiproof.crosscheck import cases, driver
from weiproof.engine.call import Call

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weiproof.crosscheck.targets.bench import TwinBench

START = 1_700_000_000
FIXTURE = [Call(START, actor("alice"), "drill", "deposit", (5,))]
CALLS = [Call(START + 1, actor("bob"), "drill", "deposit", (1001,))]


def opened(number: int = 1) -> TwinBench:
    """The drill with a fault, on py-evm."""
    return open_target(drill(number)())


@pytest.fixture(scope="module")
def case() -> cases.Case:
    """A case of the first fault."""
    bench = opened()
    finding = driver.replay(bench, [*FIXTURE, *CALLS])
    assert finding is not None
    return cases.case_of(bench, FIXTURE, CALLS, finding, seed=7, target_file="drill.py")


def test_a_case_comes_back(case: cases.Case, tmp_path: Path) -> None:
    """Saved and loaded it is equal, and its calls decode to what they were."""
    path = cases.save(case, tmp_path / "new")
    loaded = cases.load(path)
    assert loaded.document() == json.loads(path.read_text())
    assert loaded == cases.load(path)
    assert loaded.sequences(opened()) == (FIXTURE, CALLS)
    assert loaded.identity == ("state", "drill.balanceOf", "value")
    assert loaded.artifacts.keys() == {"drill"}


def test_nothing_is_overwritten(case: cases.Case, tmp_path: Path) -> None:
    """The same case is kept once; another of the same name gets a number."""
    first = cases.save(case, tmp_path)
    assert cases.save(case, tmp_path) == first
    first.write_text("mine")
    second = cases.save(case, tmp_path)
    assert second != first
    assert first.read_text() == "mine"


def test_saved_cases_are_the_shrunk_ones_of_the_target(case: cases.Case, tmp_path: Path) -> None:
    """Raw ones and those of other targets are left out."""
    path = cases.save(case, tmp_path)
    cases.save(case, tmp_path, cases.RAW)
    (tmp_path / "other-123.json").write_text("{}")
    assert cases.saved(tmp_path, case.target) == [path]
    assert cases.saved(tmp_path / "missing", case.target) == []


def changed(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Sets a key."""

    def change(document: dict[str, Any]) -> None:
        document[key] = value

    return change


def in_call(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Sets a key of the first call."""

    def change(document: dict[str, Any]) -> None:
        document["calls"][0][key] = value

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (changed("weiproof_case", 2), "weiproof_case is 2"),
        (changed("calls", {}), "calls: expected a JSON list"),
        (changed("seed", "-1"), "seed: expected a whole number"),
        (changed("senders", {"bob": 5}), r"senders\.bob: expected text"),
        (in_call("at", "x"), r"calls\[0\]\.at: expected a whole number"),
        (in_call("data", "00"), r"calls\[0\]\.data: expected hex"),
        (in_call("target", 1), r"calls\[0\]: expected a call"),
    ],
)
def test_damage_is_told_with_file_and_key(
    case: cases.Case, tmp_path: Path, change: Callable[[dict[str, Any]], None], told: str
) -> None:
    """A changed document is refused, and the message names the key."""
    document = json.loads(json.dumps(case.document()))
    change(document)
    path = tmp_path / "case.json"
    path.write_text(json.dumps(document))
    with pytest.raises(cases.CaseError, match=told) as error:
        cases.load(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("text", ["", "[", "[]", "{}", "[" * 100_000])
def test_what_is_no_case_is_refused(tmp_path: Path, text: str) -> None:
    """Not JSON, or JSON of something else."""
    path = tmp_path / "case.json"
    path.write_text(text)
    with pytest.raises(cases.CaseError, match=r"not JSON|not a case file"):
        cases.load(path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (in_call("target", "house"), "no contract 'house'"),
        (in_call("function", "nothing()"), "there is no function"),
        (in_call("data", "0x00000000ff"), "deposit"),
        (changed("senders", {"bob": "0x" + "00" * 20}), "senders: bob is"),
        (changed("senders", {}), r"fixture\[0\]\.sender: '0x\w+' is not among senders"),
        (in_call("sender", "x" * 999), r"calls\[0\]\.sender: 'x{50}' is not among senders"),
        (in_call("at", "1"), r"calls\[0\]\.at: 1 is before 1700000000"),
    ],
)
def test_what_does_not_fit_the_target_is_told(
    case: cases.Case, tmp_path: Path, change: Callable[[dict[str, Any]], None], told: str
) -> None:
    """Contracts, functions, arguments and senders are checked when a case is used."""
    document = json.loads(json.dumps(case.document()))
    change(document)
    path = tmp_path / "case.json"
    path.write_text(json.dumps(document))
    with pytest.raises(cases.CaseError, match=told):
        cases.load(path).sequences(opened())


def test_names_of_files_are_safe() -> None:
    """A target's name cannot lead out of the folder."""
    assert cases.safe_name("../../etc/passwd") == "______etc_passwd"
    assert cases.safe_name("") == "target"
    assert len(cases.safe_name("x" * 500)) == 40
