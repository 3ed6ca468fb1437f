"""State variables read from storage by the compiler's layout, against what the contract wrote."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from eth_hash.auto import keccak

from weiproof.contracts.artifact_store import ArtifactError, ArtifactStore
from weiproof.contracts.chains import actor, open_chain
from weiproof.contracts.deployment import create_address
from weiproof.contracts.storage_layout import Layout, LayoutError, Raw

if TYPE_CHECKING:
    from collections.abc import Callable

GENESIS = 1_722_816_000
OWNER = actor("owner")
LEDGER = create_address(OWNER, 0)
FILE = Path(__file__).parent / "fixtures" / "out" / "Ledger.sol" / "Ledger.json"
ID = bytes(range(16))

VALUES: dict[tuple[Any, ...], object] = {
    ("version",): 7,
    ("paused",): True,
    ("drift",): -2,
    ("owner",): OWNER,
    ("tag",): bytes.fromhex("deadbeef"),
    ("side",): 2,
    ("self",): LEDGER,
    ("treasury",): "0x" + "00" * 18 + "0abc",
    ("least",): -(2**255),
    ("root",): keccak(b"root"),
    ("short",): "31 bytes and no more stand here",
    ("long",): "32 bytes or more stand elsewhere",
    ("raw",): bytes(99) + b"\x7f",
    ("none",): b"",
    ("packed", "length"): 6,
    ("packed", 0): 1,
    ("packed", 3): 4,
    ("packed", 4): 5,
    ("packed", 5): 6,
    ("packed", 6): 0,
    ("three", 0): 10,
    ("three", 1): 20,
    ("three", 2): 30,
    ("pairs", 1, 0): 3,
    ("pairs", 1, 1): 4,
    ("nested", 0, "length"): 0,
    ("nested", 1, "length"): 12,
    ("nested", 1, 11): 111,
    ("list", "length"): 2,
    ("list", 1, "size"): -2,
    ("list", 1, "owner"): OWNER,
    ("list", 1, "terms", "rate"): 1002,
    ("list", 1, "marks", 4): 24,
    ("list", 1, "claims", 2): 18,
    ("single", "terms", "open"): True,
    ("single", "terms", "side"): 1,
    ("single", "terms", "tag"): b"abc",
    ("single", "note"): "noted",
    ("balances", OWNER): 11,
    ("balances", LEDGER): 0,
    ("allowances", OWNER, LEDGER): 12,
    ("ticks", -3): True,
    ("ticks", 3): False,
    ("flags", True): -4,
    ("flags", False): 0,
    ("names", bytes.fromhex("deadbeef")): "beef",
    ("notes", "a key"): b"a value",
    ("hashes", b"\x01\x02"): 13,
    ("sides", 1): 14,
    ("ledgers", LEDGER): 15,
    ("prices", -5): 16,
    ("ids", ID): 17,
    ("positions", 9, "size"): -4,
    ("positions", 9, "marks", 3): 43,
    ("positions", 9, "claims", 4): 18,
    ("positions", 8, "owner"): "0x" + "00" * 20,
    ("lists", OWNER, 17): 517,
}


@pytest.fixture(scope="module")
def layout() -> Layout:
    """Layout of the Ledger fixture."""
    found = ArtifactStore(FILE.parent.parent).load("Ledger").storage_layout
    assert found is not None
    return found


@pytest.fixture(scope="module")
def read_word() -> Callable[[int], int]:
    """Storage of a deployed Ledger."""
    chain = open_chain("pyevm", genesis_time=GENESIS)
    code = ArtifactStore(FILE.parent.parent).load("Ledger").init_code()
    assert chain.deploy(code, sender=OWNER, at=GENESIS).address == LEDGER
    return lambda slot: chain.storage(LEDGER, slot)


@pytest.mark.parametrize("keys", VALUES, ids=lambda keys: ".".join(map(str, keys))[:40])
def test_values_are_the_contracts(
    layout: Layout, read_word: Callable[[int], int], keys: tuple[Any, ...]
) -> None:
    """Every kind of variable, packed or hashed, has the value that the constructor wrote."""
    found = layout.read(read_word, *keys)
    assert found == VALUES[keys]
    assert type(found) is type(VALUES[keys])


def test_user_defined_types_become_what_is_expected(
    layout: Layout, read_word: Callable[[int], int]
) -> None:
    """The layout hides what they are made of; the expected value says how to read them."""
    price, number = layout.read(read_word, "price"), layout.read(read_word, "id")
    assert isinstance(price, Raw)
    assert isinstance(number, Raw)
    assert price.like(-1) == -5
    assert price.like(1) == 2**96 - 5
    assert number.like(b"") == ID
    assert Raw(bytes(20)).like("") == "0x" + "00" * 20


def test_names_that_no_single_variable_has_are_unknown(layout: Layout) -> None:
    """Constants have no storage, and private variables of one name are not told apart."""
    assert "balances" in layout
    assert "FIXED" not in layout
    assert "secret" not in layout
    assert len(layout) == 35
    with pytest.raises(LayoutError, match="no state variable secret, or more than one"):
        layout.place("secret")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (("balances",), "no single value"),
        (("packed",), "no single value"),
        (("single",), "no single value"),
        (("single", "size", 5), "a int128 has no such part"),
        (("single", "width"), "struct Ledger.Position has no such part"),
        (("three", 3), r"uint128\[3\] has no such element"),
        (("packed", -1), "no such element"),
        (("packed", "length", 0), "no such element"),
        (("three", "length"), "no such element"),
        (("packed", True), "no such element"),
        (("balances", 5), "5 is not an address"),
        (("ticks", 2**23), "is not a int24|is not an int24"),
        (("names", "beef"), "is not a bytes4"),
        (("notes", b"a key"), "is not a string"),
        (("hashes", "x"), "is not a bytes"),
        (("sides", 256), "is not a uint8"),
        (("ids", ID[1:]), "is not a bytes16"),
    ],
)
def test_keys_that_lead_nowhere_are_refused(
    layout: Layout, keys: tuple[Any, ...], message: str
) -> None:
    """A wrong key, a missing one and one too many each have their message."""
    with pytest.raises(LayoutError, match=message):
        layout.place(*keys)


def test_hostile_storage_is_bounded(layout: Layout) -> None:
    """Impossible lengths are refused or cut, text that is none is escaped."""
    with pytest.raises(LayoutError, match=r"bytes in slot \d+ are more than"):
        layout.read(lambda _: 2**256 - 1, "long")
    assert layout.read(lambda _: 0xFE, "raw") == bytes(31)
    assert layout.read(lambda _: (0xFF << 248) + 2, "short") == "\\xff"


BREAKS: tuple[tuple[tuple[str | int, ...], object, str], ...] = (
    (("storage",), {}, "storage should be a list, not dict"),
    (("types",), [], "types should be an object, not list"),
    (("storage", 0), 5, r"storage\[0\]\.slot should be a number"),
    (("storage", 0, "slot"), "0x10", r"storage\[0\]\.slot should be a number, not '0x10'"),
    (("storage", 0, "slot"), str(2**256), "a place in storage"),
    (("storage", 0, "offset"), 32, "a place in storage"),
    (("storage", 0, "label"), None, r"storage\[0\]\.label should be text"),
    (("storage", 1, "type"), "t_nothing", "types has no 't_nothing'"),
    (("types", "t_bool"), [], r"types\['t_bool'\] should be an object"),
    (("types", "t_bool", "numberOfBytes"), "33", "at most 32"),
    (("types", "t_bool", "numberOfBytes"), "0", "1 or more"),
    (("types", "t_bool", "encoding"), "new", "inplace, mapping, dynamic_array or bytes"),
    (("types", "t_array(t_uint128)3_storage", "label"), "three", "array of fixed size"),
    (("types", "t_array(t_uint128)3_storage", "base"), "t_nothing", "types has no 't_nothing'"),
)


@pytest.mark.parametrize(("keys", "value", "message"), BREAKS)
def test_damaged_layouts_are_refused(
    tmp_path: Path, keys: tuple[Any, ...], value: object, message: str
) -> None:
    """The key that is wrong is named, and by the loader the file."""
    document = json.loads(FILE.read_text())
    inner = document["storageLayout"]
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    with pytest.raises(LayoutError, match=message):
        Layout.of(copy.deepcopy(document["storageLayout"]))
    file = tmp_path / "Ledger.sol" / "Ledger.json"
    file.parent.mkdir()
    file.write_text(json.dumps(document))
    with pytest.raises(
        ArtifactError, match=f"Ledger.json is not an artifact: storageLayout: .*{message}"
    ):
        ArtifactStore(tmp_path).load("Ledger")


def test_contracts_without_storage_have_an_empty_layout() -> None:
    """The compiler gives no types where there are no variables."""
    assert len(Layout.of({"storage": [], "types": None})) == 0
