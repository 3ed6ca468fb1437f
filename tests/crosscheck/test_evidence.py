"""Evidence: every change to a bundle is noticed, and the bound is the rule of three."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from tests.crosscheck.test_cases import opened
from weiproof.crosscheck import evidence
from weiproof.crosscheck.driver import Limits, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def document(number: int, steps: int = 60) -> dict[str, Any]:
    """Evidence of a short campaign on the drill."""
    bench = opened(number)
    campaign = run(bench, 1, Limits(steps))
    return evidence.evidence_of(
        campaign, bench, command="again", target_file=None, seconds=1, started_at="2024-08-05"
    )


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle with one case beside the evidence."""
    case = tmp_path / "case.json"
    case.write_text("{}")
    folder = tmp_path / "bundle"
    evidence.write(folder, document(0), [case])
    return folder


def test_a_bundle_verifies(bundle: Path) -> None:
    """It tells seed, versions, hashes, counts and time, and comes back as it was written."""
    found = evidence.verify(bundle)
    assert found["calls_compared"] == 60
    assert sum(found["functions"].values()) == 60
    assert found["invariants_checked"] == 60
    assert found["divergences"] == 0
    assert set(found["versions"]) == {"python", *evidence.PACKAGES}
    assert found["artifacts"].keys() == {"drill"}
    assert any(name.endswith("Margin.sol") for name in found["sources"])
    assert len(bytes.fromhex(found["state_hash"])) == 32


def test_the_bound_is_three_over_n() -> None:
    """At the bound, so many calls pass with a probability below 5 %, and hardly below."""
    bound = document(0, 100)["bound"]
    assert bound["divergences_per_call_below"] == "3/100"
    assert Fraction(47, 1000) < (1 - Fraction(3, 100)) ** 100 < Fraction(5, 100)
    assert document(1)["bound"] is None


def edit(name: str) -> Callable[[Path], None]:
    """Appends to a file."""

    def change(folder: Path) -> None:
        (folder / name).write_text((folder / name).read_text() + " ")

    return change


def remove(folder: Path) -> None:
    """Takes the case away."""
    (folder / "case.json").unlink()


def add(folder: Path) -> None:
    """Adds a file."""
    (folder / "more.json").write_text("{}")


def forge_signature(folder: Path) -> None:
    """Changes the signature."""
    path = folder / evidence.MANIFEST
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "signature": "0" * 64}))


def no_json(folder: Path) -> None:
    """Breaks the manifest."""
    (folder / evidence.MANIFEST).write_text("{")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (edit(evidence.EVIDENCE), "content does not match"),
        (edit("case.json"), "content does not match"),
        (remove, "missing"),
        (add, "not in the manifest"),
        (forge_signature, "signature"),
        (no_json, "not JSON"),
    ],
)
def test_every_change_is_noticed(bundle: Path, change: Callable[[Path], None], told: str) -> None:
    """A file that is changed, missing or one too many is named."""
    change(bundle)
    with pytest.raises(evidence.EvidenceError, match=told):
        evidence.verify(bundle)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("target", None), ("calls_compared", "5"), ("divergences", True), ("bound", []),
        ("bound", {"confidence": "95 %"}), ("state_hash", 0), ("weiproof_evidence", 2),
    ],
)  # fmt: skip
def test_hashes_alone_are_no_evidence(bundle: Path, key: str, value: object) -> None:
    """Where the hashes match and what is told is missing or no number, the key is named."""
    (bundle / "case.json").unlink()
    (bundle / evidence.MANIFEST).unlink()
    changed = {**json.loads((bundle / evidence.EVIDENCE).read_text()), key: value}
    (bundle / evidence.EVIDENCE).unlink()
    evidence.write(bundle, changed)
    with pytest.raises(evidence.EvidenceError, match=f"{evidence.EVIDENCE}: (not|{key})"):
        evidence.verify(bundle)


def test_nothing_is_overwritten(bundle: Path) -> None:
    """A folder with something in it is refused."""
    with pytest.raises(FileExistsError):
        evidence.write(bundle, document(0))
