"""Counterexamples as tests: they fail on the faulty contract and pass on the right one."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.crosscheck.test_cases import opened
from tests.forge import forge, forge_test
from tests.targets.drill import Drill, drill
from tests.targets.opening import open_target
from weiproof.contracts.chains import actor
from weiproof.crosscheck import driver
from weiproof.crosscheck.exports.expectation import ExportError
from weiproof.crosscheck.exports.foundry import foundry_test
from weiproof.crosscheck.exports.python import pytest_test
from weiproof.crosscheck.exports.solidity import (
    calldata,
    comment,
    constant_names,
    string_literal,
)
from weiproof.crosscheck.invariants import InvariantBroken
from weiproof.crosscheck.opening import Opening
from weiproof.crosscheck.targets import Deploy, Send
from weiproof.engine.call import Call

if TYPE_CHECKING:
    from pathlib import Path

START = 1_700_000_000
ALICE, BOB = actor("alice"), actor("bob")

SHOWN = {
    "refused": (3, [Call(START, ALICE, "drill", "deposit", (10**18,))]),
    "accepted": (10, [Call(START, ALICE, "drill", "setPrice", (0,))]),
    "revert": (12, [Call(START, ALICE, "drill", "borrow", (1,))]),
    "return": (21, [Call(START + 2_592_001, ALICE, "drill", "poke", ())]),
    "state": (1, [Call(START, ALICE, "drill", "deposit", (1001,))]),
    "event": (
        8,
        [
            Call(START, ALICE, "drill", "deposit", (1,)),
            Call(START + 5, ALICE, "drill", "transfer", (BOB, 1)),
        ],
    ),
}
"""Kind of finding to a fault of the drill and calls that show it."""


def exported(kind: str) -> tuple[str, str]:
    """Name and text of the Foundry test of a kind of finding, with the code inside."""
    number, calls = SHOWN[kind]
    finding = driver.replay(opened(number), calls)
    assert finding is not None
    assert finding.kind == kind
    return foundry_test(opened(number), [], calls, finding, embed=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Foundry project with the tests of all kinds of findings, embedded, built once."""
    forge()
    folder = tmp_path_factory.mktemp("project")
    (folder / "test").mkdir()
    (folder / "foundry.toml").write_text('[profile.default]\nevm_version = "cancun"\n')
    for kind in SHOWN:
        name, text = exported(kind)
        (folder / "test" / f"{name}.t.sol").write_text(text)
        (folder / "test" / f"{name}Mended.t.sol").write_text(mended(text, SHOWN[kind][0], name))
    return folder


def mended(text: str, number: int, name: str) -> str:
    """The same test on the contract without a fault: the constructor's argument is 0."""
    word, zero = f"{number:064x}", f"{0:064x}"
    assert text.count(f'{word}");') == 1
    return text.replace(f'{word}");', f'{zero}");').replace(
        f"contract {name}", f"contract {name}Ok"
    )


def test_foundry_tests_fail_on_the_fault_and_pass_without_it(project: Path) -> None:
    """Each kind of finding: forge fails with the model's words, and passes without the fault."""
    ended = forge_test(project)
    report = ended.stdout
    assert f"{len(SHOWN)} tests passed, {len(SHOWN)} failed" in report, report + ended.stderr
    assert "Warning" not in report
    for suite in report.split("Ran 1 test for ")[1:]:
        name = suite.partition(":")[2].partition("\n")[0]
        assert ("[PASS]" in suite) == name.endswith("Ok"), suite
        assert name.endswith("Ok") or "the model says" in suite


class Begun(Drill):
    """A drill that was used while it was deployed."""

    def __init__(self) -> None:
        super().__init__()
        self.balanceOf[ALICE] = self.total = 7
        self.since[ALICE] = self.now


class BegunTarget(drill(1)):  # type: ignore[misc]
    """Calls come between the creations; the last contract's place depends on them."""

    contracts = (
        Deploy(
            "drill",
            "Drill",
            (1,),
            Begun,
            model_args=(),
            then=(Send("drill", "deposit", (7,), "alice"), Send("drill", "setPrice", (100,))),
        ),
        Deploy("other", "Drill", (0,)),
    )


def test_calls_of_the_deployment_are_made_in_the_test(tmp_path: Path) -> None:
    """What is sent between creations is in the set-up, and every contract is where it was."""
    forge()

    calls = [Call(START, ALICE, "drill", "deposit", (1001,))]
    finding = driver.replay(open_target(BegunTarget()), calls)
    assert finding is not None
    name, text = foundry_test(open_target(BegunTarget()), [], calls, finding, embed=True)
    (tmp_path / "test").mkdir()
    (tmp_path / "foundry.toml").write_text('[profile.default]\nevm_version = "cancun"\n')
    (tmp_path / "test" / "Faulty.t.sol").write_text(text)
    (tmp_path / "test" / "Mended.t.sol").write_text(mended(text, 1, name))
    report = forge_test(tmp_path).stdout
    assert "1 tests passed, 1 failed" in report, report
    assert "the model says 1008, the contract said" in report


def test_the_example_is_found_and_reproduced_in_forge(tmp_path: Path) -> None:
    """The vault's rounding fault fails in forge from the project's build; mended, it passes."""
    forge()
    folder = tmp_path / "vault"
    shutil.copytree(ROOT / "examples" / "targets" / "vault", folder)
    opening = Opening(folder / "target.py")
    calls = [Call(START, BOB, "vault", name, (1,)) for name in ("deposit", "donate")]
    finding = driver.replay(opening.open("pyevm"), calls)
    assert finding is not None
    name, text = foundry_test(opening.open("pyevm"), [], calls, finding)
    (folder / "test").mkdir()
    (folder / "test" / f"{name}.t.sol").write_text(text)
    faulty = forge_test(folder)
    assert "sharesFor value: the model says 1, the contract said 0" in faulty.stdout
    source = folder / "src" / "Vault.sol"
    wrong = "return (assets * totalShares) / totalAssets;"
    right = "return (assets * totalShares + totalAssets - 1) / totalAssets;"
    assert source.read_text().count(wrong) == 1
    source.write_text(source.read_text().replace(wrong, right))
    assert "1 passed; 0 failed" in forge_test(folder).stdout


def test_texts_cannot_break_out() -> None:
    """Labels, messages and strings of any kind stay names, comments and literals."""
    names = constant_names({"0x1": "al ice", "0x2": "al-ice", "0x3": "9}", "0x4": "\u202e*/"})
    assert len(set(names.values())) == 4
    assert all(name.replace("_", "").isalnum() and name[0].isalpha() for name in names.values())
    assert "\n" not in comment("a\nrequire(false);")
    assert string_literal('"); selfdestruct(0);//\\') == '"\'); selfdestruct(0);///"'
    interface = opened(0).lockstep.chain.interfaces["drill"]
    call = Call(START, ALICE, "drill", "transfer", (BOB, 5))
    assert calldata(interface, call, {BOB: "BOB"}) == (
        'abi.encodeWithSignature("transfer(address,uint256)", BOB, uint256(5))'
    )


def test_what_a_contract_cannot_show_is_refused() -> None:
    """A broken invariant of the model is no Foundry test, and the message says what to do."""
    _, calls = SHOWN["state"]
    broken = InvariantBroken("water runs uphill", 1, calls[0], 1, 2)
    with pytest.raises(ExportError, match="--format pytest"):
        foundry_test(opened(1), [], calls, broken)


def test_the_pytest_test_fails_on_the_fault(tmp_path: Path) -> None:
    """Run as it is written, it raises what is found; on right contracts it passes."""
    folder = tmp_path / "vault"
    shutil.copytree(ROOT / "examples" / "targets" / "vault", folder)
    opening = Opening(folder / "target.py")
    calls = [Call(START, BOB, "vault", name, (1,)) for name in ("deposit", "donate")]
    finding = driver.replay(opening.open("pyevm"), calls)
    assert finding is not None
    name, text = pytest_test(opening.open("pyevm"), [], calls, finding, folder / "target.py")
    space: dict[str, object] = {"__file__": str(folder / f"{name}.py")}
    exec(compile(text, f"{name}.py", "exec", dont_inherit=True), space)  # noqa: S102 (our own text)
    test = next(value for key, value in space.items() if key.startswith("test_"))
    assert callable(test)
    with pytest.raises(AssertionError, match="sharesFor"):
        test()
