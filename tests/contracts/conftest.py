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
def chain_name(request: pytest.FixtureRequest) -> str:
    """The name of each kind of chain; skips, with the reason, where one is not installed."""
    name: str = request.param
    try:
        open_chain(name, genesis_time=GENESIS)
    except ChainUnavailable as error:
        pytest.skip(error.reason)
    return name


@pytest.fixture
def chain(chain_name: str) -> Chain:
    """A fresh chain of each kind."""
    return open_chain(chain_name, genesis_time=GENESIS)
