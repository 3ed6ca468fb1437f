"""What `init --target` writes: Python that loads, with a method for each function there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts.abi import checked_abi
from weiproof.contracts.artifact import Artifact
from weiproof.contracts.chains import actor, open_chain
from weiproof.contracts.codec import CodecError, canonical_type, codec
from weiproof.contracts.deployment import AddressBook
from weiproof.crosscheck.targets.arguments import MOST_DRAWN, draw, zero
from weiproof.crosscheck.targets.bench import TwinBench
from weiproof.crosscheck.targets.checking import TargetError
from weiproof.crosscheck.targets.loading import load_target
from weiproof.crosscheck.targets.model import TwinModel
from weiproof.crosscheck.targets.scaffold import scaffold
from weiproof.crosscheck.targets.scene import Scene
from weiproof.crosscheck.targets.twin import TwinWorld, binding, method_of
from weiproof.engine.draws import Draws

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def function(name: str, *inputs: str, names: Sequence[str] = ()) -> dict[str, Any]:
    """An ABI entry of a function that returns nothing."""
    given = [*names, *[""] * len(inputs)]
    parts = [{"type": kind, "name": given[i]} for i, kind in enumerate(inputs)]
    return {"type": "function", "name": name, "inputs": parts, "outputs": []}


def getter(name: str, kind: str = "uint256") -> dict[str, Any]:
    """An ABI entry of a state variable's getter."""
    return {**function(name), "outputs": [{"type": kind}], "stateMutability": "view"}


def contract(*abi: dict[str, Any], name: str = "Vault") -> Artifact:
    """An artifact of one byte of code."""
    return Artifact(name, "V.sol", checked_abi(abi), "00", "00", {})


def written(folder: Path, *abi: dict[str, Any], name: str = "Vault", artifacts: str = "out") -> str:
    """The text of a target's file, which is written and loads."""
    artifact = contract(*abi, name=name)
    text = scaffold(artifact, file="target.py", artifacts=artifacts, sources="")
    path = folder / "target.py"
    path.write_text(text, encoding="utf-8")
    assert load_target(path).artifacts == artifacts
    return text


@pytest.mark.parametrize(
    "name", ["Twin", "Target", "Mapping", "Deploy", "bytes", "class", "1", "ß"]
)
def test_any_contracts_name_will_do(tmp_path: Path, name: str) -> None:
    """Names that the file needs itself, and what is no name in Python, get another class."""
    assert f'"{name}"' in written(tmp_path, function("f"), name=name)


@pytest.mark.parametrize("folder", ["out", "o ut", '"', "\\n", "\U0001f600", "é", "\udcff"])
def test_any_folder_will_do(tmp_path: Path, folder: str) -> None:
    """Quotes, backslashes, symbols and bytes that are no text come back as they were."""
    written(tmp_path, function("f"), artifacts=folder)


@pytest.mark.parametrize(
    "name", ["state", "value", "now", "_world", "__init__", "__private", "class", "a$b", "$"]
)
def test_names_that_are_taken_are_marked(tmp_path: Path, name: str) -> None:
    """A function or getter whose name no method can have is compared nevertheless."""
    for entry in (function(name, "uint256"), getter(name)):
        text = written(tmp_path, entry)
        twin: Any = load_target(tmp_path / "target.py").contracts[0].model
        assert twin is not None
        assert "    @overload(" in text
        with binding(TwinWorld(), "vault"):
            made = twin()
        assert method_of(made, name) is not None
        assert method_of(made, name) == method_of(
            made, f"{name}({'uint256' * len(entry['inputs'])})"
        )


def test_overloads_are_told_apart(tmp_path: Path) -> None:
    """Each has a method of its own; the same entry twice has one; getters stay getters."""
    text = written(
        tmp_path, function("mint"), function("mint", "uint8"), function("mint"), getter("total")
    )
    assert text.count("@overload(") == 2
    assert '    @overload("mint()")\n    def mint(self):' in text
    assert '    @overload("mint(uint8)")\n    def mint_2(self, arg0):' in text
    assert "self.total = 0" in text


def test_any_parameters_names_will_do(tmp_path: Path) -> None:
    """Repeated, missing, reserved and unsayable names are replaced."""
    names = ["self", "a", "a", "class", "", "ü", "_x", "Mapping", "arg4"]
    entry = function("f", *["uint8"] * len(names), names=names)
    text = written(tmp_path, entry, {**entry, "type": "constructor"})
    assert "def f(self, self_, a, a_2, class_, arg4, arg5, x, Mapping_, arg4_2):" in text


def test_first_arguments_fit_the_constructor(tmp_path: Path) -> None:
    """Arrays and structs, however large, are written as zeros of the right shape."""
    struct: dict[str, Any] = {
        "type": "tuple[2]",
        "components": [{"type": "uint8[300]"}, {"type": "string"}],
    }
    kinds: list[dict[str, Any]] = [
        {"type": "bytes3[2][]"},
        struct,
        {"type": "function"},
        {"type": "address"},
    ]
    entry = {"type": "constructor", "inputs": kinds}
    written(tmp_path, function("f"), entry)
    given = load_target(tmp_path / "target.py").contracts[0].args
    types = [canonical_type(each) for each in kinds]
    assert codec(f"({','.join(types)})").encode(given)


def test_an_abi_of_no_known_types_is_refused() -> None:
    """Nothing is written that could not be opened."""
    artifact = contract(function("f", "fixed128x18"))
    with pytest.raises(CodecError, match="fixed128x18"):
        scaffold(artifact, file="", artifacts="", sources="")


@pytest.mark.parametrize(
    "kind",
    ["uint8[65]", "uint8[20000]", "bool" + "[]" * 32, "bytes" + "[2]" * 13, "uint16[60][60]",
     "function", "function[3]", "bytes7", "int8[2][]"],
)  # fmt: skip
def test_values_are_known_for_every_type(kind: str) -> None:
    """Giant and deep arrays are drawn in part, and are zero elsewhere; all of them encode."""
    scene = Scene(TwinModel(TwinWorld()), AddressBook({}), ("alice",), 1, Draws(1))
    for _ in range(3):
        value = draw(scene, {"type": kind})
        assert codec(kind).encode(value)
        assert nonzero(value) <= MOST_DRAWN
    assert codec(kind).encode(zero({"type": kind})).strip(b"\0") in {b"", b" "} or "[" in kind


def nonzero(value: Any) -> int:  # noqa: ANN401 (any ABI value)
    """How many values in it are not zero."""
    return sum(map(nonzero, value)) if isinstance(value, tuple) else bool(value)


def test_a_twin_without_functions_is_told(tmp_path: Path) -> None:
    """Where nothing can be called, that is said, rather than nothing compared."""
    written(tmp_path, {"type": "receive"})
    target = load_target(tmp_path / "target.py")
    chain = open_chain("pyevm", genesis_time=target.genesis_time)

    class Empty:
        """One artifact for every name."""

        def load(self, _name: str) -> Artifact:
            """An empty contract."""
            return contract({"type": "receive"})

    bench = TwinBench(target, chain, store=Empty())  # type: ignore[arg-type]
    assert list(bench.fixture(1)) == []
    assert bench.actors[0] == actor("alice")
    with pytest.raises(TargetError, match="nothing can be called"):
        next(bench.play(1))
