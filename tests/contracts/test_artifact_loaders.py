"""Artifacts of every build tool: found, read, linked and told apart."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.contracts.build_tools import (
    NAMES,
    UNIT,
    WRITERS,
    bare_files,
    compiled,
    foundry,
    hardhat2,
    hardhat3,
    standard_json,
    write,
)
from weiproof.contracts.artifact_store import ArtifactError, ArtifactStore
from weiproof.contracts.chains import actor, open_chain
from weiproof.contracts.deployment import Plan, Ref, Step, deploy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GENESIS = 1_722_816_000
LIBRARY = "0x" + "5c" * 20
OF_EVERY_TOOL = pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)


@OF_EVERY_TOOL
def test_every_tool_leads_to_the_same_code(
    tmp_path: Path, store: ArtifactStore, writer: Callable[[Path], None]
) -> None:
    """The names, ABI, linked code and size are those of the fixtures, whoever wrote the files."""
    writer(tmp_path)
    found = ArtifactStore(tmp_path)
    assert found.names() == NAMES
    for name in NAMES:
        artifact, expected = found.load(name), store.load(name)
        assert artifact.abi == expected.abi
        assert artifact.deployed_size == expected.deployed_size
    vault = found.load("Vault")
    (library,) = vault.libraries
    code = vault.init_code({library: LIBRARY})
    assert code == store.load("Vault").init_code({"Scale": LIBRARY})
    assert vault.init_code({f"{UNIT}:Scale": LIBRARY}) == code
    assert found.load_library(vault, library).name == "Scale"
    assert found.load("IVault").bytecode == ""


@OF_EVERY_TOOL
def test_every_tool_leads_to_a_deployment(tmp_path: Path, writer: Callable[[Path], None]) -> None:
    """Libraries are found by what the tool says of them, and the code lands on a chain."""
    writer(tmp_path)
    found = ArtifactStore(tmp_path)
    steps = [
        Step("vault", found.load("Vault"), (Ref("caller"),)),
        Step("caller", found.load("Caller"), (Ref("vault"),)),
    ]
    plan = Plan.with_libraries(steps, found)
    assert [step.label for step in plan.steps] == ["Scale", "vault", "caller"]
    chain = open_chain("pyevm", genesis_time=GENESIS)
    book = deploy(chain, plan, actor("deployer"), at=GENESIS)
    runtime = chain.code(book["vault"]).hex()
    assert book["Scale"][2:] in runtime
    assert len(runtime) == 2 * found.load("Vault").deployed_size


@pytest.mark.parametrize("writer", [w for w in WRITERS if w is not bare_files])
def test_sources_are_known_where_the_tool_says_them(
    tmp_path: Path, writer: Callable[[Path], None]
) -> None:
    """A contract answers to its whole path, to the end of it, and is shown by it."""
    writer(tmp_path)
    found = ArtifactStore(tmp_path)
    assert found.qualified_names() == tuple(f"{UNIT}:{name}" for name in NAMES)
    for name in (f"{UNIT}:Vault", "Fixtures.sol:Vault"):
        assert found.load(name).qualified_name == f"{UNIT}:Vault"
    with pytest.raises(ArtifactError, match=r"Other\.sol:Vault is not among"):
        found.load("Other.sol:Vault")


def test_a_single_file_is_a_store(tmp_path: Path) -> None:
    """The path of an artifact, of the compiler's output or of a code file is enough."""
    foundry(tmp_path / "out")
    standard_json(tmp_path)
    bare_files(tmp_path / "bare")
    only = ArtifactStore(tmp_path / "out" / "Fixtures.sol" / "Caller.json")
    assert only.names() == ("Caller",)
    assert ArtifactStore(tmp_path / "solc-output.json").names() == NAMES
    bare = ArtifactStore(tmp_path / "bare" / "Caller.bin").load("Caller")
    assert bare.init_code() == only.load("Caller").init_code()
    (tmp_path / "bare" / "Caller.abi").unlink()
    with pytest.raises(ArtifactError, match=r"Caller\.bin has no ABI beside it"):
        ArtifactStore(tmp_path / "bare" / "Caller.bin").names()


def test_several_folders_are_one_store(tmp_path: Path) -> None:
    """A harness of one's own beside somebody else's build; what both have is ambiguous."""
    foundry(tmp_path / "theirs")
    own = tmp_path / "own" / "Harness.sol"
    own.mkdir(parents=True)
    shutil.copy(tmp_path / "theirs" / "Fixtures.sol" / "Caller.json", own / "Harness.json")
    shutil.copy(own / "Harness.json", own / "Vault.json")
    found = ArtifactStore(tmp_path / "own", tmp_path / "theirs")
    assert found.names() == tuple(sorted((*NAMES, "Harness")))
    assert found.load("Harness").bytecode == found.load("Caller").bytecode != ""
    with pytest.raises(ArtifactError, match="the contract Vault is ambiguous"):
        found.load("Vault")
    with pytest.raises(ArtifactError, match=r"Nothing is not among .*own and .*theirs"):
        found.load("Nothing")


def test_files_that_are_no_artifacts_are_passed_over(tmp_path: Path) -> None:
    """Settings, torn JSON, linked folders and packages beside the artifacts do no harm."""
    hardhat2(tmp_path / "artifacts")
    write(tmp_path / "package.json", {"name": "mine"})
    write(tmp_path / "torn.json", "{")
    write(tmp_path / "list.json", [1, 2])
    write(tmp_path / "node_modules" / "other" / "Other.sol" / "Other.json", compiled("Caller"))
    (tmp_path / "again").symlink_to(tmp_path / "artifacts")
    assert ArtifactStore(tmp_path).names() == NAMES


def test_the_same_name_in_two_sources_needs_the_source(tmp_path: Path) -> None:
    """The choices are listed as they can be asked for."""
    for source in ("src/a/Fixtures.sol", "src/b/Fixtures.sol"):
        for name in ("Caller", "Child"):
            document: dict[str, Any] = json.loads(json.dumps(compiled("Caller")))
            document["metadata"] = {"settings": {"compilationTarget": {source: name}}}
            write(tmp_path / source / f"{name}.json", document)
    found = ArtifactStore(tmp_path)
    choices = r"src/a/Fixtures\.sol:Caller, src/b/Fixtures\.sol:Caller"
    for name in ("Caller", "Fixtures.sol:Caller"):
        with pytest.raises(ArtifactError, match=f"Caller is ambiguous \\({choices}\\)"):
            found.load(name)
    for name in ("src/a/Fixtures.sol:Caller", "a/Fixtures.sol:Caller"):
        assert found.load(name).source_path == "src/a/Fixtures.sol"
    assert found.load("src/b/Fixtures.sol/Child.json").source_path == "src/b/Fixtures.sol"


def test_several_compilers_need_the_version(tmp_path: Path) -> None:
    """Foundry writes the version into the file's name; it tells the builds apart."""
    for version in ("0.8.17", "0.8.28"):
        document = compiled("Caller")
        document["metadata"] = {"settings": {"compilationTarget": {UNIT: "Caller"}}}
        write(tmp_path / "Fixtures.sol" / f"Caller.{version}.json", document)
    found = ArtifactStore(tmp_path)
    with pytest.raises(ArtifactError, match=r"ambiguous .*Caller\.0\.8\.17, .*Caller\.0\.8\.28"):
        found.load("Caller")
    assert found.load("Fixtures.sol:Caller.0.8.17").name == "Caller"
    assert found.load("Caller.0.8.28").name == "Caller"


def test_libraries_of_one_name_are_told_apart(tmp_path: Path, store: ArtifactStore) -> None:
    """Two libraries called Scale are linked from the source that each reference names."""
    document = compiled("Vault")
    links = document["bytecode"]["linkReferences"][UNIT]["Scale"]
    assert len(links) > 1
    document["bytecode"]["linkReferences"] = {
        "src/a/Scale.sol": {"Scale": links[:1]},
        "src/b/Scale.sol": {"Scale": links[1:]},
    }
    write(tmp_path / "Fixtures.sol" / "Vault.json", document)
    for folder in ("a", "b"):
        source = f"src/{folder}/Scale.sol"
        library = compiled("Scale")
        library["metadata"] = {"settings": {"compilationTarget": {source: "Scale"}}}
        write(tmp_path / folder / "Scale.sol" / "Scale.json", library)
    found = ArtifactStore(tmp_path)
    vault = found.load("Vault")
    assert vault.libraries == ("src/a/Scale.sol:Scale", "src/b/Scale.sol:Scale")
    for name in vault.libraries:
        assert found.load_library(vault, name).qualified_name == name
    plan = Plan.with_libraries([Step("vault", vault, (actor("owner"),))], found)
    assert [step.label for step in plan.steps] == ["Scale", "src/b/Scale.sol:Scale", "vault"]
    first, second = ("0x" + digits * 20 for digits in ("1a", "2b"))
    code = vault.init_code(dict(zip(vault.libraries, (first, second), strict=True)))
    assert (code.count(b"\x1a" * 20), code.count(b"\x2b" * 20)) == (1, len(links) - 1)
    same = vault.init_code(dict.fromkeys(vault.libraries, LIBRARY))
    assert same == store.load("Vault").init_code({"Scale": LIBRARY})


def test_immutables_keep_their_places(tmp_path: Path) -> None:
    """Where immutables stand in the runtime code is known where the tool says it."""
    hardhat3(tmp_path)
    assert ArtifactStore(tmp_path).load("Vault").immutable_references == {"7": ((1, 32),)}


def test_near_names_and_empty_folders_are_hinted_at(tmp_path: Path) -> None:
    """A typing error is answered with the name that was meant, a wrong folder with its lack."""
    foundry(tmp_path / "out")
    with pytest.raises(ArtifactError, match="did you mean Vault"):
        ArtifactStore(tmp_path / "out").load("Vualt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArtifactError, match="holds no artifact of Foundry, Hardhat"):
        ArtifactStore(tmp_path / "empty").load("Vault")


DAMAGES: dict[str, tuple[tuple[str, ...], object, str]] = {
    "no list": (("abi",), {}, "abi should be a list of objects; found an object"),
    "entries": (("abi",), [1], "the ABI's entry 0 should be an object, not 1"),
    "number": (("bytecode", "object"), 5, r"bytecode\.object should be hex text; found 5"),
    "odd": (("bytecode", "object"), "0x123", "even number of hex digits"),
    "letters": (("bytecode", "object"), "0x12zz", "bytecode should be hex text"),
    "cut placeholder": (("bytecode", "object"), "0x12__$ab$__", "whole placeholders"),
    "no runtime": (("deployedBytecode",), None, "deployedBytecode should be an object"),
    "far link": (
        ("bytecode", "linkReferences"),
        {UNIT: {"Scale": [{"start": 10**9, "length": 20}]}},
        "linkReferences of Scale should be 20 bytes inside of the code",
    ),
    "short link": (
        ("bytecode", "linkReferences"),
        {UNIT: {"Scale": [{"start": 1, "length": 3}]}},
        "20 bytes inside of the code",
    ),
    "strange link": (
        ("bytecode", "linkReferences"), {UNIT: {"Scale": [7]}}, "numbers `start` and `length`",
    ),
    "no links": (("bytecode", "linkReferences"), {UNIT: 3}, f"{UNIT} should be an object"),
    "immutables": (
        ("deployedBytecode", "immutableReferences"), {"5": 5}, "should be a list of places",
    ),
    "metadata": (("metadata",), "{torn", "metadata is no JSON"),
    "layout": (("storageLayout",), [], "storageLayout: storage should be a list"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_named(tmp_path: Path, damage: str) -> None:
    """An artifact that is not whole is refused with file, key and what was expected there."""
    keys, value, message = DAMAGES[damage]
    document = inner = compiled("Caller")
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    write(tmp_path / "Fixtures.sol" / "Caller.json", document)
    with pytest.raises(ArtifactError, match=message) as refused:
        ArtifactStore(tmp_path).load("Caller")
    assert "Fixtures.sol/Caller.json" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot read"),
        ("", "cannot read"),
        ("[]", "an artifact, which is an object; found a list"),
        ("null", "found None"),
        ("{}", "bytecode should be hex text .* it is missing"),
        ('{"contracts": []}', "contracts should be an object"),
        ('{"contracts": {}}', "holds 0 contracts"),
        ("[" * 100_000, "cannot read"),
        ('{"abi": ' + "[" * 100_000, "cannot read"),
    ],
)
def test_files_that_are_not_whole_are_refused(tmp_path: Path, content: str, message: str) -> None:
    """Torn, empty, endlessly nested or foreign JSON where an artifact should be."""
    write(tmp_path / "Fixtures.sol" / "Caller.json", content)
    with pytest.raises(ArtifactError, match=message):
        ArtifactStore(tmp_path).load("Caller")


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """Bytes of another encoding are named as such."""
    (tmp_path / "Fixtures.sol").mkdir()
    (tmp_path / "Fixtures.sol" / "Caller.json").write_bytes(b'{"abi": "\xff"}')
    with pytest.raises(ArtifactError, match=r"cannot read .*Caller\.json: .*utf-8"):
        ArtifactStore(tmp_path).load("Caller")


def test_addresses_of_libraries_are_checked(store: ArtifactStore) -> None:
    """What is no address is refused by the library's name."""
    with pytest.raises(ArtifactError, match="address of the library Scale should be 0x and 40"):
        store.load("Vault").init_code({"Scale": "0x12"})
