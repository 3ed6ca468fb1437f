"""`weiproof deploy --broadcast` to a node, and everything that it refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from eth_hash.auto import keccak

from tests.contracts.automining import LOCAL, ask, automining, sent_by
from weiproof.contracts.broadcast.errors import KeyRefused
from weiproof.contracts.broadcast.keys import KEY_VARIABLE, PASSWORD_VARIABLE, Signer
from weiproof.contracts.broadcast.node import Node
from weiproof.contracts.chains import actor
from weiproof.scripts import broadcasting, cli, deploy, errors
from weiproof.simulation.deployment import Roles, deployment_with_roles
from weiproof.simulation.toml_exact import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = (Path(__file__).parents[2] / "scenarios" / "deploy.toml").read_text("utf-8")
COUNT = 37
"""Transactions of the shipped deployment: all creations, and two calls."""
PUBLIC_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
"""The key of the first development account, known to everybody."""
SOMEBODY = "0x00000000000000000000000000000000000b0b0b"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A node for all tests of this module."""
    with automining() as found:
        yield found


@dataclass
class Shell:
    """Somebody with a deployment's file, a key in the environment and a folder of records."""

    endpoint: str
    folder: Path
    key: bytes
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    @property
    def address(self) -> str:
        """The key's address."""
        return Signer.of(self.key).address

    @property
    def record(self) -> Path:
        """Where the record lies."""
        return self.folder / "broadcast" / "deploy.toml" / str(LOCAL) / "run-latest.json"

    def write(self, text: str) -> None:
        """Write the deployment's file."""
        (self.folder / "deploy.toml").write_text(text)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, output and errors of `weiproof deploy deploy.toml …`."""
        self.patch.setenv(KEY_VARIABLE, self.key.hex())
        code = cli.main(["deploy", "deploy.toml", *arguments])
        printed = self.capture.readouterr()
        assert self.key.hex() not in printed.out + printed.err
        return code, printed.out, printed.err

    def send(self, *arguments: str) -> tuple[int, str, str]:
        """The same with a node, without questions."""
        return self.run("--rpc", self.endpoint, "--yes", *arguments)

    def sent(self) -> int:
        """Mined transactions of the key."""
        return sent_by(self.endpoint, self.address)


@pytest.fixture
def shell(
    endpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> Shell:
    """A fresh account with Ether; rehearsals run message by message, which costs the same gas."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(deploy, "CHAIN", "pyevm")
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    made = Shell(endpoint, tmp_path, keccak(request.node.nodeid.encode()), capsys, monkeypatch)
    ask(endpoint, "anvil_setBalance", made.address, hex(10**20))
    made.write(TEXT)
    return made


def interrupt(shell: Shell, number: int, *, after: bool) -> None:
    """Ctrl-C around the sending of the n-th transaction."""
    send, left = Node.send, [number]

    def interrupted(node: Node, raw: bytes, name: str) -> None:
        left[0] -= 1
        if left[0] == 0 and not after:
            raise KeyboardInterrupt
        send(node, raw, name)
        if left[0] == 0:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Node, "send", interrupted)
        code, _, err = shell.send("--broadcast")
    assert code == errors.INTERRUPTED
    assert "--resume goes on from there" in err


def test_a_deployment_is_sent_and_verified(shell: Shell) -> None:
    """Everything is mined, code and parameters agree, and the record is Foundry's."""
    code, out, _ = shell.send("--broadcast", "--json")
    assert code == errors.PASS
    report = json.loads(out)["broadcast"]
    assert shell.sent() == COUNT == len(report["transactions"])
    assert (report["chain"], report["configured"], report["left_to_admin"]) == (LOCAL, True, [])
    assert set(report["roles"].values()) == {shell.address}
    assert len(report["code_hashes"]) == COUNT - 2
    assert report["parameters_read_back"] > 20
    document = json.loads(shell.record.read_text())
    assert [each["hash"] for each in document["transactions"]] == report["transactions"]
    assert (len(document["receipts"]), document["pending"]) == (COUNT, [])
    assert shell.key.hex() not in shell.record.read_text()


def test_a_person_sees_what_is_sent(shell: Shell) -> None:
    """Before the answer: chain, roles, cost; afterwards each transaction and the addresses."""
    code, out, _ = shell.send("--broadcast", "--max-fee", "1000.5")
    assert code == errors.PASS
    for text in (
        f"chain {LOCAL}",
        shell.address,
        f"{COUNT}/{COUNT} calling house.addMarket",
        "33 parameters",
    ):
        assert text in out


@pytest.mark.parametrize(
    ("number", "after"), [(1, False), (5, True), (COUNT, False), (COUNT, True)]
)
def test_an_interrupted_deployment_is_resumed(shell: Shell, number: int, after: bool) -> None:
    """Whenever it is interrupted, resuming completes it, and a new one may follow."""
    interrupt(shell, number, after=after)
    assert shell.sent() == number - (not after)
    code, _, err = shell.send("--broadcast")
    assert code == errors.BAD_USAGE
    assert "not finished: go on with --resume" in err
    assert shell.send("--resume")[0] == errors.PASS
    assert shell.sent() == COUNT
    assert shell.send("--resume")[0] == errors.PASS
    assert shell.sent() == COUNT


def test_a_second_deployment_keeps_the_first_record(shell: Shell) -> None:
    """The finished record is renamed as Foundry does; addresses are new."""
    first = json.loads(shell.send("--broadcast", "--json")[1])["broadcast"]
    second = json.loads(shell.send("--broadcast", "--json")[1])["broadcast"]
    assert first["addresses"].keys() == second["addresses"].keys()
    assert set(first["addresses"].values()).isdisjoint(second["addresses"].values())
    (older,) = sorted(shell.record.parent.glob("run-1*.json"))
    hashes = [each["hash"] for each in json.loads(older.read_text())["transactions"]]
    assert hashes == first["transactions"]


def test_an_admin_of_its_own_configures_itself(shell: Shell) -> None:
    """The calls are printed for it; once it made them, resuming finds everything configured."""
    shell.write(f'{TEXT}\n[roles]\nadmin = "{SOMEBODY}"\nmatcher = "{actor("matcher")}"\n')
    report = json.loads(shell.send("--broadcast", "--json")[1])["broadcast"]
    assert report["roles"] == {
        "admin": SOMEBODY,
        "matcher": actor("matcher"),
        "transmitter": SOMEBODY,
    }
    assert (report["configured"], shell.sent()) == (False, COUNT - 2)
    assert "left to the admin" in shell.send("--resume")[1]
    ask(shell.endpoint, "anvil_impersonateAccount", SOMEBODY)
    ask(shell.endpoint, "anvil_setBalance", SOMEBODY, hex(10**20))
    for call in report["left_to_admin"]:
        transaction = {"from": SOMEBODY, "to": call["to"], "data": call["data"]}
        ask(shell.endpoint, "eth_sendTransaction", transaction)
    after = json.loads(shell.send("--resume", "--json")[1])["broadcast"]
    assert (after["configured"], after["left_to_admin"]) == (True, [])


def test_a_timelock_is_sent_and_verified(shell: Shell) -> None:
    """One creation and two calls more; its code, delay and roles are read back on the node."""
    plain = json.loads(shell.send("--broadcast", "--json")[1])["broadcast"]
    shell.write(f'{TEXT}\n[timelock]\ndelay = 7_200\nproposers = ["{SOMEBODY}"]\n')
    report = json.loads(shell.send("--broadcast", "--json")[1])["broadcast"]
    assert len(report["transactions"]) == COUNT + 3
    assert set(report["code_hashes"]) - set(plain["code_hashes"]) == {"timelock"}
    assert report["parameters_read_back"] > plain["parameters_read_back"] + 5
    code, out, _ = shell.send("--resume")
    assert code == errors.PASS
    assert f"timelock            {report['addresses']['timelock']}" in out


def test_a_timelock_of_everybody_is_refused() -> None:
    """A proposer whose key everybody has is named, on any chain but a local one."""
    spec, _ = deployment_with_roles(
        f'{TEXT}\n[timelock]\ndelay = 7_200\nproposers = ["{actor("keeper-0")}"]\n', "my.toml"
    )
    broadcasting._refuse_known_holders(spec, LOCAL)
    with pytest.raises(KeyRefused, match=r"timelock\.proposers\[0\]"):
        broadcasting._refuse_known_holders(spec, 1)


def test_other_code_or_parameters_are_a_divergence(shell: Shell) -> None:
    """Whoever changed either after the deployment is found out by resuming."""
    report = json.loads(shell.send("--broadcast", "--json")[1])["broadcast"]
    shell.write(TEXT.replace("target_ratio = 1.25", "target_ratio = 1.3"))
    code, _, err = shell.send("--resume")
    assert code == errors.BAD_USAGE
    assert "(creating house) of the record has other arguments" in err
    shell.write(TEXT)
    house = report["addresses"]["house"]
    found = ask(shell.endpoint, "eth_getCode", house, "latest")
    ask(shell.endpoint, "anvil_setCode", house, found[:-2] + "00")
    code, _, err = shell.send("--resume")
    assert code == errors.DIVERGENCE
    assert "house at 0x" in err
    ask(shell.endpoint, "anvil_setCode", house, found)
    slots = [hex(number) for number in range(40)]
    words = [ask(shell.endpoint, "eth_getStorageAt", house, slot, "latest") for slot in slots]
    ratio = next(
        slot for slot, word in zip(slots, words, strict=True) if f"{125 * 10**16:x}" in word
    )
    ask(shell.endpoint, "anvil_setStorageAt", house, ratio, "0x" + "00" * 32)
    code, _, err = shell.send("--resume")
    assert code == errors.DIVERGENCE
    assert "house.systemParameters()" in err


def test_a_damaged_and_a_foreign_record_are_refused(shell: Shell) -> None:
    """Damage ends with 4, somebody else's record with 2; neither is overwritten."""
    interrupt(shell, 2, after=True)
    content = shell.record.read_text()
    shell.record.write_text(content[:-100])
    for option in ("--resume", "--broadcast"):
        code, _, err = shell.send(option)
        assert code == errors.DAMAGED_JOURNAL
        assert "is damaged" in err
    document = json.loads(content)
    del document["weiproof"]
    shell.record.write_text(json.dumps(document))
    for option in ("--resume", "--broadcast"):
        code, _, err = shell.send(option)
        assert code == errors.BAD_USAGE
        assert "not written by Weiproof" in err
    assert shell.record.read_text() == json.dumps(document)


def test_keys_that_everybody_knows_stay_local(shell: Shell) -> None:
    """On another chain a development key, or a role for one, is refused before anything is sent."""
    with automining("--chain-id", "5") as elsewhere:
        shell.endpoint = elsewhere
        own, shell.key = shell.key, bytes.fromhex(PUBLIC_KEY)
        code, _, err = shell.send("--broadcast")
        assert code == errors.BAD_USAGE
        assert "everybody has its key" in err
        shell.key = own
        shell.write(f'{TEXT}\n[roles]\nmatcher = "{actor("matcher")}"\n')
        code, _, err = shell.send("--broadcast")
        assert code == errors.BAD_USAGE
        assert "roles.matcher is 0x" in err
        shell.write(TEXT)
        code, _, err = shell.send("--broadcast")
        assert code == errors.BAD_ENVIRONMENT
        assert "the deployer has 0.000000 ether" in err
        assert shell.sent() == 0
    assert not (shell.folder / "broadcast" / "deploy.toml" / "5" / "run-latest.json").exists()


def test_the_record_of_another_chain_is_not_resumed(shell: Shell) -> None:
    """The chains that have a record are named."""
    interrupt(shell, 1, after=False)
    shell.record.parent.rename(shell.record.parent.with_name("17"))
    code, _, err = shell.send("--resume")
    assert code == errors.BAD_USAGE
    assert "there are records for the chains 17" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--broadcast", "--yes"), "with --rpc"),
        (("--resume", "--yes"), "with --rpc"),
        (("--rpc", "http://localhost:1"), "--rpc is for sending"),
        (("--yes", "--max-fee", "3"), "--max-fee, --yes is for sending"),
        (("--broadcast", "--rpc", "x"), "no terminal to ask at"),
        (("--broadcast", "--rpc", "x", "--json"), "with --json"),
        (("--broadcast", "--rpc", "x", "--yes", "--max-fee", "nan"), "finite"),
        (("--broadcast", "--rpc", "x", "--yes", "--max-fee", "-1"), "above 0"),
        (("--broadcast", "--rpc", "ws://x", "--yes"), "not by ws"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(
    shell: Shell, arguments: tuple[str, ...], words: str
) -> None:
    """Options without their purpose, without a node or without consent: exit code 2."""
    code, _, err = shell.run(*arguments)
    assert code == errors.BAD_USAGE
    assert words in err


def test_nothing_is_sent_without_consent(shell: Shell) -> None:
    """Whoever answers no has sent nothing, and no record is begun."""
    shell.patch.setattr("sys.stdin.isatty", lambda: True)
    shell.patch.setattr("click.confirm", lambda *_, **__: False)
    code, out, err = shell.run("--broadcast", "--rpc", shell.endpoint)
    assert (code, shell.sent(), shell.record.exists()) == (errors.BAD_USAGE, 0, False)
    assert "nothing was sent" in err
    assert f"{COUNT} of {COUNT}" in out


def test_a_node_that_is_not_there_is_an_environment_error(shell: Shell) -> None:
    """The node is named, without what its URL hides."""
    arguments = ("--broadcast", "--yes", "--rpc", "http://user:hidden@127.0.0.1:1/secret")
    code, _, err = shell.run(*arguments)
    assert code == errors.BAD_ENVIRONMENT
    assert "127.0.0.1:1" in err
    assert "hidden" not in err
    assert "secret" not in err


def test_roles_are_read() -> None:
    """Addresses with a right checksum or without one; what is left out stays open."""
    mixed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    roles = deployment_with_roles(f'{TEXT}\n[roles]\nadmin = "{mixed}"\n', "my.toml")[1]
    assert roles == Roles(admin=mixed.lower())
    assert deployment_with_roles(TEXT, "my.toml")[1] == Roles()


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("[roles]\nowner = 1", "roles.owner"),
        ("[roles]\nadmin = 1", "roles.admin: expected an address"),
        ('[roles]\nadmin = "alice"', "roles.admin: expected an address"),
        (f'[roles]\nmatcher = "0x{"0" * 40}"', "other than zero"),
        ('[roles]\ntransmitter = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"', "checksum"),
        ("[[roles]]\nadmin = 1", "roles: expected a table"),
    ],
)
def test_bad_roles_are_told(section: str, words: str) -> None:
    """A wrong role, address or checksum is told with file and key."""
    with pytest.raises(ScenarioError, match=r"my\.toml") as caught:
        deployment_with_roles(f"{TEXT}\n{section}\n", "my.toml")
    assert words in str(caught.value)


def test_a_scenario_has_no_roles() -> None:
    """A whole scenario is for running: real roles belong into a deployment's file."""
    text = (Path(__file__).parents[2] / "scenarios" / "template.toml").read_text("utf-8")
    with pytest.raises(ScenarioError, match="roles"):
        deployment_with_roles(f'{text}\n[roles]\nadmin = "{SOMEBODY}"\n', "my.toml")
