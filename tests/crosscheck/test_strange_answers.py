"""Contracts that answer with something else than their ABI says."""

from __future__ import annotations

from typing import Any

import pytest

from weiproof.contracts.chains import actor, open_chain
from weiproof.contracts.deployment import AddressBook
from weiproof.crosscheck.divergence import compare_outcomes, shown
from weiproof.crosscheck.systems import ChainSystem
from weiproof.engine.call import Call, Outcome

GENESIS = 1_722_816_000
OWNER = actor("owner")
ABI: tuple[dict[str, Any], ...] = (
    {"type": "function", "name": "flag", "inputs": [], "outputs": [{"name": "", "type": "bool"}]},
    {
        "type": "event",
        "name": "Flagged",
        "inputs": [{"name": "on", "type": "bool", "indexed": False}],
    },
)


def system(code: str) -> ChainSystem:
    """A contract of this runtime code under the name odd."""
    chain = open_chain("pyevm", genesis_time=GENESIS)
    runtime = bytes.fromhex(code)
    init_code = bytes.fromhex(f"61{len(runtime):04x}80600a3d393df3") + runtime
    made = chain.deploy(init_code, sender=OWNER, at=GENESIS)
    return ChainSystem(chain, AddressBook({"odd": made.address}), {"odd": ABI})


@pytest.mark.parametrize(
    ("code", "says"),
    [("00", "the data ends at byte 0"), ("60025f5260205ff3", "is not a bool")],
    ids=["nothing", "two"],
)
def test_results_that_are_none_differ_from_any_models(code: str, says: str) -> None:
    """Missing or impossible return values are a divergence that says what came back."""
    call = Call(GENESIS, OWNER, "odd", "flag", ())
    odd = system(code)
    for outcome in (odd.apply(call), odd.view(call)):
        found = compare_outcomes(
            1, call, Outcome(ok=True, values=(True,)), outcome, ABI[0]["outputs"], {}
        )
        assert found is not None
        assert found.kind == "return"
        assert "no encoding of the results" in str(found.chain)
        assert says in str(found.chain)


def test_events_that_are_none_are_shown_raw() -> None:
    """A log that is no encoding of its event is an unknown event, not an error."""
    from eth_hash.auto import keccak

    topic = keccak(b"Flagged(bool)").hex()
    odd = system(f"60025f527f{topic}60205fa160015f5260205ff3")
    outcome = odd.apply(Call(GENESIS, OWNER, "odd", "flag", ()))
    assert outcome.values == (True,)
    assert [event.name for event in outcome.events] == [f"0x{topic}"]


def test_texts_of_contracts_steer_no_terminal() -> None:
    """Escape sequences, line ends and marks of direction are spelled out in reports."""
    assert shown(("ok", "\x1b[2J\n", b"\x1b[1m"), {}) == "(ok, \\x1b[2J\\n, '\\x1b[1m')"
    assert shown("\u202eevil", {}) == "\\u202eevil"
    assert shown("0x1", {"0x1": "alice"}) == "alice"
