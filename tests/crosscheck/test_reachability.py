"""The lists of what a campaign must see agree with the sources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weiproof.contracts import artifact_store
from weiproof.crosscheck.fuzz.reachability import (
    BUILT_IN_ERRORS,
    OTHERS_ERRORS,
    OTHERS_EVENTS,
    UNREACHABLE_ERRORS,
    UNREACHABLE_EVENTS,
    expected_errors,
    expected_events,
)

if TYPE_CHECKING:
    from pathlib import Path


def declared(root: Path, kind: str) -> set[str]:
    """Names of errors or events that stand in the Solidity sources."""
    texts = (file.read_text("utf-8") for file in (root / "contracts" / "src").rglob("*.sol"))
    return {
        name for text in texts for name in re.findall(rf"^    {kind} (\w+)\(", text, re.MULTILINE)
    }


def test_whatever_the_sources_declare_must_be_seen(root: Path) -> None:
    """No error or event of our own is excepted, but for those that another campaign sees."""
    store = artifact_store.shipped()
    assert len(declared(root, "error")) > 30
    assert declared(root, "error") <= set(expected_errors(store)) | OTHERS_ERRORS.keys()
    assert len(declared(root, "event")) >= 25
    assert declared(root, "event") <= set(expected_events(store)) | OTHERS_EVENTS.keys()


def test_exceptions_are_real_and_have_reasons() -> None:
    """Every excepted name exists, is inherited or built in, and says why it cannot occur."""
    store = artifact_store.shipped()
    known = {
        entry["name"]
        for name in store.names()
        for entry in store.load(name).abi
        if entry["type"] in ("error", "event")
    }
    for name, reason in {**UNREACHABLE_ERRORS, **UNREACHABLE_EVENTS}.items():
        assert name in known or name.startswith("Panic")
        assert len(reason) > 20
    assert not set(BUILT_IN_ERRORS) & set(UNREACHABLE_ERRORS)
