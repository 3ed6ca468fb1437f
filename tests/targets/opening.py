"""Opening a target of this folder without a file to load it from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from weiproof.contracts.chains import open_chain
from weiproof.crosscheck.targets.bench import TwinBench

if TYPE_CHECKING:
    from weiproof.crosscheck.targets import Target


def open_target(target: Target, chain: str = "pyevm") -> TwinBench:
    """Its twins and contracts on a fresh chain. Raises ChainUnavailable."""
    target.root = Path(__file__).parent
    return TwinBench(target, open_chain(chain, genesis_time=target.genesis_time))
