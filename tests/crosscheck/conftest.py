"""Fixtures of the crosscheck room."""

from __future__ import annotations

import pytest

from weiproof.contracts.chains import ChainUnavailable, open_chain


@pytest.fixture(scope="session")
def quickest() -> str:
    """Name of the quickest back end that is installed: revm, else pyevm."""
    try:
        open_chain("revm", genesis_time=1)
    except ChainUnavailable:
        return "pyevm"
    return "revm"
