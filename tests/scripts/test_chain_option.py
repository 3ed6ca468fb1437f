"""The option that names an EVM, and what becomes of it."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import click
import pytest

from weiproof.contracts.chains import ChainUnavailable
from weiproof.contracts.chains.anvil import VARIABLE, find_anvil
from weiproof.scripts import cli, errors
from weiproof.scripts.chain_option import ChainType

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "name",
    ["pyevm", "eth-tester", "revm", "anvil", "rpc:http://user:pw@host/key", "rpc:/tmp/node.ipc",
     "anvil:fork=https://host/key@17"],
)  # fmt: skip
def test_every_form_is_taken(name: str) -> None:
    """Nothing is opened and nothing is changed."""
    assert ChainType().convert(name, None, None) == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("geth", "rpc:PATH"),
        ("http://user:pw@host", "given as rpc:URL"),
        ("rpc:ws://user:pw@host", "not by ws"),
        ("anvil:fork=http://user:pw@host", "a block number"),
        ("rpc:", "the path of its IPC socket"),
    ],
)
def test_other_values_are_explained(name: str, said: str) -> None:
    """The message says what is expected, and repeats no password."""
    with pytest.raises(click.BadParameter) as caught:
        ChainType().convert(name, None, None)
    assert said in caught.value.message
    assert "pw" not in caught.value.message


def test_a_node_that_is_not_there_ends_with_3(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Environment, not usage and not a divergence; no password in the message."""
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert cli.main(["init", "start"]) == errors.PASS
    chain = f"rpc:http://user:hunter2@127.0.0.1:{port}/"
    code = cli.main(["run", "start/scenario.toml", "--chain", chain, "--out", "here"])
    assert code == errors.BAD_ENVIRONMENT
    said = capsys.readouterr().err
    assert f"at http://127.0.0.1:{port}: " in said
    assert "hunter2" not in said


def test_a_scenario_runs_on_anvil(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call of the starting scenario agrees with the contracts on a node."""
    try:
        monkeypatch.setenv(VARIABLE, str(find_anvil()))
    except ChainUnavailable as error:
        pytest.skip(error.reason)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["init", "start"]) == errors.PASS
    capsys.readouterr()
    code = cli.main(["run", "start/scenario.toml", "--chain", "anvil", "--out", "here", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert code == errors.PASS
    assert report["chain"] == "anvil"
    assert report["calls_compared"] > 100
    assert report["divergences"] == 0
