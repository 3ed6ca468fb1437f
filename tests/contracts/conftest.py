"""Fixtures of the contracts room: small compiled contracts and the chains to run them on."""

from __future__ import annotations

from pathlib import Path

import pytest

from weiproof.contracts.artifact_store import ArtifactStore
from weiproof.contracts.chains import CHAIN_NAMES, Chain, ChainUnavailable, open_chain

GENESIS = 1_722_816_000


@pytest.fixture(scope="session")
def store() -> ArtifactStore:
    """Artifacts of ``fixtures/src``."""
    return ArtifactStore(Path(__file__).parent / "fixtures" / "out")


@pytest.fixture(params=CHAIN_NAMES)
def chain(request: pytest.FixtureRequest) -> Chain:
    """A fresh chain of each kind; skips, with the reason, where one is not installed."""
    try:
        return open_chain(request.param, genesis_time=GENESIS)
    except ChainUnavailable as error:
        pytest.skip(error.reason)
