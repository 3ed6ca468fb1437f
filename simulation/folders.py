"""A run's folder as it is read: what stands beside its journal, verified as far as it can be."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from .lines import JournalError
from .protocol_of import decode_protocol
from .run import DIVERGENCE, PROTOCOL

if TYPE_CHECKING:
    from pathlib import Path

    from weiproof.crosscheck.spec import ProtocolSpec

    from .forms import Header

MOST_BYTES = 64 * 1024 * 1024
"""Largest file beside the journal that is read."""


def read_protocol(folder: Path, header: Header) -> tuple[ProtocolSpec, tuple[str, ...]]:
    """What was deployed, and the labels of all actors.

    Raises JournalError where it is not what the journal's header names, OSError as the file system
    gives it.
    """
    text = (folder / PROTOCOL).read_bytes()
    if hashlib.sha256(text).digest() != header.protocol_hash:
        raise JournalError(1, f"{PROTOCOL} is not the one that was run")
    try:
        return decode_protocol(text)
    except ValueError as error:
        raise JournalError(1, f"it is no protocol: {error}", file=PROTOCOL) from None


def read_document(path: Path) -> dict[str, Any]:
    """A JSON object; empty where there is no such file. Raises JournalError where it is none."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return {}
    if len(raw) > MOST_BYTES:
        raise JournalError(1, "it has more than 64 MiB", file=path.name)
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise JournalError(1, f"it cannot be read: {error}", file=path.name) from None
    if not isinstance(document, dict):
        raise JournalError(1, "it is no JSON object", file=path.name)
    return document


def read_finding(folder: Path) -> dict[str, Any] | None:
    """What ended the run early, a divergence or a broken invariant; None where nothing did."""
    path = folder / DIVERGENCE
    return read_document(path) if path.exists() else None


def is_broken_invariant(finding: dict[str, Any]) -> bool:
    """Whether it is one of the model alone, and not a difference between model and contracts."""
    return finding.get("kind") == "invariant"
