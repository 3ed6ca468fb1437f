"""AccountBalance as it was published, with a few bytes that clamp before the cast.

Where the share of a position comes back from its division, the code jumps to the cast. Here it
jumps to code behind its end instead, which takes the smaller of the share and one, and then jumps
to the cast.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

LANDS = 0x57D
"""Where the division comes back to, in the code that is deployed."""
CAST = 0x1BAA
"""Where the cast to 24 bits begins."""
MOST_PUSH = 32
"""Bytes after which what stands before an instruction cannot be a constant that swallows it."""

ONE = 10**6
"""All of a position."""


def mended_code(code: bytes) -> bytes:
    """Deployed code whose shares are clamped first."""
    there = b"\x5b\x61" + CAST.to_bytes(2, "big") + b"\x56"
    if code[LANDS : LANDS + len(there)] != there:
        raise ValueError("this is not the code of AccountBalance 2.8.4")
    added = len(code) + MOST_PUSH
    clamp = bytes.fromhex(
        "5b"  # JUMPDEST with the share on the stack
        f"8062{ONE:06x}11"  # whether one is more than the share
        f"8162{ONE:06x}1802"  # if so, the bits in which the two differ
        f"62{ONE:06x}189050"  # those turned in one, instead of the share
        f"61{CAST:04x}56"
    )
    here = b"\x5b\x61" + added.to_bytes(2, "big") + b"\x56"
    return code[:LANDS] + here + code[LANDS + len(there) :] + bytes(MOST_PUSH) + clamp


def creation_code(code: bytes) -> bytes:
    """Code that deploys a code: it copies what follows its own ten bytes, and returns it."""
    return bytes.fromhex(f"61{len(code):04x}80600a5f395ff3") + code


def mended_artifacts(package: Path, harness: Path, folder: Path) -> Path:
    """What the target needs, in a folder, with AccountBalance mended."""
    shutil.copytree(harness, folder)
    for name in ("ClearingHouseConfig", "BaseToken", "AccountBalance"):
        source = package / "artifacts" / "contracts" / f"{name}.sol"
        shutil.copytree(source, folder / f"{name}.sol")
    file = folder / "AccountBalance.sol" / "AccountBalance.json"
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    code = mended_code(bytes.fromhex(document["deployedBytecode"].removeprefix("0x")))
    document["deployedBytecode"] = f"0x{code.hex()}"
    document["bytecode"] = f"0x{creation_code(code).hex()}"
    file.write_text(json.dumps(document), encoding="utf-8")
    return folder
