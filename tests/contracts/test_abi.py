"""Calls, results, errors and events by ABI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weiproof.contracts.abi import Interface

if TYPE_CHECKING:
    from weiproof.contracts.artifact_store import ArtifactStore

OWNER = "0x" + "ab" * 20


@pytest.fixture
def vault(store: ArtifactStore) -> Interface:
    """Interface of the Vault fixture, with the errors and events of its library."""
    return Interface.of(store.load("Vault").abi, also=[store.load("Scale").abi])


def test_call_is_selector_and_arguments() -> None:
    """ERC-20's published selector, then one word an argument; and back."""
    inputs = [{"name": "to", "type": "address"}, {"name": "value", "type": "uint256"}]
    entry = {"type": "function", "name": "transfer", "inputs": inputs, "outputs": []}
    token = Interface.of([entry])
    data = token.encode_call("transfer", (OWNER, 7))
    assert data.hex() == "a9059cbb" + "00" * 12 + "ab" * 20 + "00" * 31 + "07"
    assert token.decode_call(data) == ("transfer(address,uint256)", (OWNER, 7))
    assert token.decode_call(b"\x00" * 4) is None


def test_error_names_function_and_argument(vault: Interface) -> None:
    """A value out of range is blamed on its argument, inside structs too."""
    with pytest.raises(ValueError, match=r"divide\(uint256\): argument 0 \(uint256 by\): -1"):
        vault.encode_call("divide", (-1,))
    with pytest.raises(ValueError, match=r"argument 0 .* position\): .* is not an int128"):
        vault.encode_call("record", ((2**127, OWNER, b"1234"), ""))
    with pytest.raises(ValueError, match="takes 1 arguments, not 2"):
        vault.encode_call("divide", (1, 2))


def test_overloads_need_the_signature(vault: Interface) -> None:
    """The bare name of an overloaded function is refused, its signatures are listed."""
    with pytest.raises(KeyError, match=r"add\(uint256\), add\(uint256,uint256\)"):
        vault.encode_call("add", (1,))
    assert vault.encode_call("add(uint256)", (1,)) != vault.encode_call(
        "add(uint256,uint256)", (1, 0)
    )
    with pytest.raises(KeyError, match="no function"):
        vault.encode_call("nosuch")


def test_results_round_trip(vault: Interface) -> None:
    """Structs are tuples, addresses lower-case text, fixed bytes bytes."""
    values = ((-5, OWNER, b"1234"), 77)
    assert vault.decode_result("stored", vault.encode_result("stored", values)) == values


def test_errors_are_typed(vault: Interface) -> None:
    """Custom, inherited from a library, built in, empty and unknown revert data."""
    cases = (("NotOwner", (OWNER, OWNER)), ("ScaleTooLarge", (1, 2)), ("Panic", (0x11,)),
             ("Error", ("no",)), ("Locked", ()))  # fmt: skip
    for name, args in cases:
        assert vault.decode_error(vault.encode_error(name, args)) == (name, args)
    assert vault.decode_error(b"") == ("", ())
    assert vault.decode_error(b"\x01\x02\x03\x04rest") == ("0x01020304", (b"rest",))
    short = vault.encode_error("Panic", (1,))[:-1]
    assert vault.decode_error(short) == ("0x4e487b71", (short[4:],))
    with pytest.raises(KeyError):
        vault.encode_error("NoSuchError")


def test_also_brings_no_functions(vault: Interface) -> None:
    """Of the ABIs in ``also`` only errors and events are known."""
    assert vault.function("half").signature == "half()"
    assert "Scaled" in {event.name for event in vault.events.values()}
    assert "ScaleTooLarge" in {error.name for error in vault.errors.values()}
    assert "half(uint256)" not in vault.functions


def test_unknown_events_are_none(vault: Interface) -> None:
    """Anonymous logs, unknown topics and another number of topics decode to nothing."""
    topic = next(topic for topic, _ in vault.events)
    assert vault.decode_event((), b"") is None
    assert vault.decode_event((bytes(32),), b"") is None
    assert vault.decode_event((topic,) * 4, b"") is None
