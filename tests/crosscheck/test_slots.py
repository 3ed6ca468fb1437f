"""Storage compared with a twin's state, without any view."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.artifact_store import ArtifactStore
from weiproof.contracts.chains import actor, open_chain
from weiproof.contracts.deployment import Plan, Step, deploy
from weiproof.crosscheck.systems import ChainSystem
from weiproof.crosscheck.targets import Array, Mapping, Struct, Twin
from weiproof.crosscheck.targets.model import TwinModel
from weiproof.crosscheck.targets.slots import slot_differences
from weiproof.crosscheck.targets.twin import TwinWorld, binding
from weiproof.engine.call import Call

if TYPE_CHECKING:
    from weiproof.contracts.storage_layout import Layout

GENESIS = 1_722_816_000
OWNER = actor("owner")
OUT = Path(__file__).parents[1] / "contracts" / "fixtures" / "out"


class Terms(Struct):
    """As in Ledger.sol."""

    rate: int = 1004
    open: bool = True
    side: int = 1
    tag: bytes = b"abc"


class Position(Struct):
    """As in Ledger.sol, as far as it is compared."""

    size: int = -4
    owner: str = OWNER
    terms: Terms = Terms()
    memo: int = 5


class Ledger(Twin):
    """What Ledger.sol's constructor leaves behind."""

    def __init__(self) -> None:
        self.paused = True
        self.price = -5
        self.balances = Mapping(0)
        self.allowances = Mapping(0)
        self.positions = Mapping(Position)
        self.packed = Array([1, 2, 3])
        self.elsewhere = 1


class Scene:
    """A deployed Ledger, its twin, and what differs between them."""

    def __init__(self) -> None:
        store = ArtifactStore(OUT)
        artifact = store.load("Ledger")
        chain = open_chain("pyevm", genesis_time=GENESIS)
        book = deploy(chain, Plan([Step("ledger", artifact)]), OWNER, at=GENESIS)
        world = TwinWorld(now=GENESIS, sender=OWNER)
        world.addresses.update(book)
        with binding(world, "ledger"):
            self.twin: Any = Ledger()
        self.address = book["ledger"]
        self.model = TwinModel(world)
        self.system = ChainSystem(chain, book, {"ledger": artifact.abi})
        layout = artifact.storage_layout
        assert layout is not None
        self.layout: Layout = layout

    def differences(self, *path: Any) -> list[tuple[str, Any, Any]]:  # noqa: ANN401 (any key)
        """Field, expected and found of what differs at and below a path."""
        cause = Call(GENESIS, OWNER, "ledger", "touch", ())
        layouts = {"ledger": self.layout}
        keys = [("ledger", *path)]
        found = slot_differences(layouts, self.model, self.system, keys, cause, 1)
        return [(each.field, each.model, each.chain) for each in found]


@pytest.fixture
def scene() -> Scene:
    """A fresh Ledger with its twin."""
    return Scene()


def test_equal_state_has_no_differences(scene: Scene) -> None:
    """Values, packed ones, keys of nested mappings as tuples, and structs by their fields."""
    scene.twin.balances[OWNER] = 11
    scene.twin.allowances[OWNER, scene.address] = 12
    scene.twin.positions[9] = Position()
    paths = [("paused",), ("price",), ("balances", OWNER), ("positions", 9), ("packed", 2)]
    for path in paths:
        assert scene.differences(*path) == []
    assert scene.differences("allowances", (OWNER, scene.address)) == []


def test_differences_are_found_by_slot(scene: Scene) -> None:
    """Each is told with its place and both values, also inside of structs."""
    scene.twin.price = 5
    scene.twin.balances[OWNER] = 10
    scene.twin.positions[9] = Position(size=4, terms=Terms(side=2))
    scene.twin.packed[1] = 7
    assert scene.differences("price") == [("price", 5, 2**96 - 5)]
    assert scene.differences("balances", OWNER) == [(f"balances[{OWNER}]", 10, 11)]
    assert scene.differences("positions", 9) == [
        ("positions[9][size]", 4, -4),
        ("positions[9][terms][side]", 2, 1),
    ]
    assert scene.differences("packed", 1) == [("packed[1]", 7, 2)]


def test_an_underscore_stands_for_the_same_variable(scene: Scene) -> None:
    """A twin's name without it finds the variable that has it."""
    variables = {f"_{name}": place for name, place in scene.layout.variables.items()}
    scene.layout = replace(scene.layout, variables=variables)
    scene.twin.balances[OWNER] = 10
    assert scene.differences("balances", OWNER) == [(f"_balances[{OWNER}]", 10, 11)]


def test_what_has_no_place_is_left_to_the_views(scene: Scene) -> None:
    """Attributes of other names, other keys and whole containers are not compared."""
    scene.twin.balances[5] = 1
    for path in (("elsewhere",), ("balances", 5), ("balances",), ("packed",), ("nowhere",)):
        assert scene.differences(*path) == []
