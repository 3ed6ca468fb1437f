"""Errors of Pyth's contracts."""

from __future__ import annotations

from eth_utils.crypto import keccak

from weiproof.oracles.pyth import errors


def test_every_error_knows_its_selector() -> None:
    """The first four bytes of keccak256 of its signature; none takes arguments."""
    found = errors.PythError.__subclasses__()
    assert len(found) == 12
    for error in found:
        assert error.parameters == ()
        assert error.selector == keccak(text=f"{error.__name__}()")[:4]
