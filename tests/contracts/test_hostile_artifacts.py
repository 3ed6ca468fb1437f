"""Artifacts damaged at random: read, or refused by an error of ours."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.contracts.build_tools import standard_output
from tests.contracts.random_abis import damaged
from weiproof.contracts.artifact import Artifact, ArtifactError
from weiproof.contracts.artifact_formats import artifacts_of, is_artifact
from weiproof.contracts.storage_layout import LayoutError
from weiproof.engine.draws import Draws

if TYPE_CHECKING:
    from weiproof.engine.draws import Stream

CASES = 3_000 if os.environ.get("WEIPROOF_THOROUGH") else 300
SECONDS = 2
"""CPU time that a case may take; all take a small part of it."""
LEDGER = Path(__file__).parent / "fixtures" / "out" / "Ledger.sol" / "Ledger.json"


def test_damaged_artifacts_are_read_or_refused() -> None:
    """Whatever is wrong, and wherever: ArtifactError, or an artifact that can be used."""
    ledger = json.loads(LEDGER.read_text())
    documents: tuple[Any, ...] = (
        ledger,
        {"storageLayout": ledger["storageLayout"], **_small(ledger)},
    )
    documents += (standard_output(),)
    draws = Draws(1_722_816_000)
    read, refusals = 0, []
    for number in range(CASES):
        dice = draws.stream(f"artifact {number}")
        document = damaged(dice, dice.choice(documents))
        begun = time.process_time()
        is_artifact(document)
        try:
            found = artifacts_of(document, "A.json", name="A", source="A.sol")
        except ArtifactError as error:
            refusals.append(str(error))
        else:
            read += 1
            for artifact in found:
                _use(dice, artifact)
        assert time.process_time() - begun < SECONDS, number
    assert min(read, len(refusals)) > CASES // 10
    assert all("A.json" in refusal for refusal in refusals)


def _small(ledger: dict[str, Any]) -> dict[str, Any]:
    """Hardhat's form of the Ledger, with a link reference and an immutable."""
    return {
        "contractName": "Ledger",
        "sourceName": "src/Ledger.sol",
        "abi": ledger["abi"],
        "bytecode": "0x" + "00" * 60,
        "deployedBytecode": "0x00",
        "linkReferences": {"src/L.sol": {"L": [{"start": 3, "length": 20}]}},
        "immutableReferences": {"5": [{"start": 3, "length": 32}]},
    }


def _use(dice: Stream, artifact: Artifact) -> None:
    """Link it, fingerprint it, and read its variables from noise."""
    assert len(artifact.sha256) == 64
    if artifact.bytecode:
        artifact.init_code(dict.fromkeys(artifact.libraries, "0x" + "11" * 20))
    layout = artifact.storage_layout
    for variable in layout.variables if layout else ():
        for keys in ((), (0,), (2**200, "size"), ("0x" + "22" * 20,), (1, "terms", "rate")):
            try:
                assert layout is not None
                value = layout.read(lambda _: dice.bits(16), variable, *keys)
            except LayoutError:
                continue
            assert isinstance(value, (int, str, bytes))
