"""Opening a target by what a command line says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.contracts.chains import open_chain

if TYPE_CHECKING:
    from pathlib import Path

    from weiproof.crosscheck.bench import Bench


@dataclass(frozen=True, slots=True)
class Opening:
    """What to open: the margin protocol, or the target of a file."""

    target_file: Path | None = None
    artifacts: Path | None = None
    """Contracts to use instead of the target's own."""

    def open(self, chain: str, against: str | None = None) -> Bench:
        """Deploys on a fresh chain of that name, and on a second one to compare.

        Raises TargetError, ArtifactError, DeploymentError, ChainUnavailable.
        """
        if self.target_file is None:
            return self._margin(chain, against)
        return self._target(self.target_file, chain, against)

    def _margin(self, chain: str, against: str | None) -> Bench:
        from weiproof.contracts import artifact_store
        from weiproof.contracts.artifact_store import ArtifactError, ArtifactStore
        from weiproof.crosscheck.fuzz.campaign import OverlaidStore, open_margin
        from weiproof.crosscheck.fuzz.playground import SPEC

        first = open_chain(chain, genesis_time=SPEC.genesis_time)
        second = None if against is None else open_chain(against, genesis_time=SPEC.genesis_time)
        store = None
        if self.artifacts is not None:
            own, shipped = ArtifactStore(self.artifacts).names(), artifact_store.shipped().names()
            if not {*own} & {*shipped}:
                raise ArtifactError(
                    f"{self.artifacts} holds none of the margin contracts, such as {shipped[0]}"
                )
            store = OverlaidStore(self.artifacts)
        return open_margin(first, second, store=store)

    def _target(self, file: Path, chain: str, against: str | None) -> Bench:
        from weiproof.contracts.artifact_store import ArtifactStore
        from weiproof.crosscheck.targets.bench import TwinBench
        from weiproof.crosscheck.targets.loading import load_target

        target = load_target(file)
        start, gas = target.genesis_time, target.gas
        first = open_chain(chain, genesis_time=start, transaction_gas=gas)
        second = None
        if against is not None:
            second = open_chain(against, genesis_time=start, transaction_gas=gas)
        store = None if self.artifacts is None else ArtifactStore(self.artifacts)
        return TwinBench(target, first, second, store)
