"""What holds for every test: where the repository is, and how hypothesis searches."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from weiproof.contracts.chains import ChainUnavailable, open_chain, quickest

ROOT = Path(__file__).resolve().parent.parent

# Deadlines measure the machine, not the code. `thorough` is for people who look for more.
settings.register_profile(
    "default", deadline=None, max_examples=50, derandomize=True, database=None, print_blob=True
)
settings.register_profile(
    "thorough",
    deadline=None,
    max_examples=2_000,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The root folder of the repository."""
    return ROOT


@pytest.fixture(scope="session", name="quickest")
def _quickest() -> str:
    """Name of the quickest back end that is installed: revm, else pyevm."""
    return quickest()


@pytest.fixture(scope="session")
def revm() -> str:
    """Name of the quickest back end; the others take minutes. Skips, with the reason, without."""
    try:
        open_chain("revm", genesis_time=1)
    except ChainUnavailable as error:
        pytest.skip(error.reason)
    return "revm"
