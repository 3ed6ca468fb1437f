"""An anvil that mines whatever comes, as a public node would; and a node that dies as told."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT
from weiproof.contracts.broadcast.node import Node
from weiproof.contracts.chains import ChainUnavailable
from weiproof.contracts.chains.anvil import find_anvil
from weiproof.contracts.chains.rpc_client import RpcClient, anything, quantity
from weiproof.contracts.chains.rpc_errors import RpcError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weiproof.contracts.broadcast.node import Landed

LOCAL = 31337
_PATIENCE_SECONDS = 60


@contextlib.contextmanager
def automining(*options: str) -> Iterator[str]:
    """The IPC path of an anvil of its own; skips, with the reason, where there is none."""
    program = _anvil()
    with tempfile.TemporaryDirectory(prefix="weiproof-") as folder:
        endpoint = Path(folder) / "ipc"
        process = subprocess.Popen(
            [
                program,
                "--ipc",
                endpoint,
                "--port",
                "0",
                "--quiet",
                "--hardfork",
                "cancun",
                *options,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(str(endpoint))
            yield str(endpoint)
        finally:
            process.kill()
            process.wait()


def _anvil() -> Path:
    """From npm in this checkout, or wherever else it is."""
    installed = sorted(ROOT.glob("node_modules/@foundry-rs/anvil-*/bin/anvil"))
    if installed:
        return installed[0]
    try:
        return find_anvil()
    except ChainUnavailable as error:
        pytest.skip(error.reason)


def _wait(endpoint: str) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(RpcError):
            ask(endpoint, "eth_chainId")
            return
        time.sleep(0.02)
    pytest.fail("anvil does not answer")


def ask(endpoint: str, method: str, *params: Any) -> Any:  # noqa: ANN401 (any JSON)
    """One question to a node."""
    client = RpcClient(endpoint)
    try:
        return client.ask(method, params, anything)
    finally:
        client.close()


def sent_by(endpoint: str, account: str) -> int:
    """How many transactions of an account are mined, once all that it sent are."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        sent, mined = (
            quantity(ask(endpoint, "eth_getTransactionCount", account, block))
            for block in ("pending", "latest")
        )
        if mined == sent:
            return mined
        time.sleep(0.02)
    pytest.fail("anvil does not mine")


class Killed(BaseException):
    """The process ends here."""


class MortalNode(Node):
    """A node whose user is killed around the n-th transaction that is sent."""

    def __init__(self, client: RpcClient, moment: str, number: int) -> None:
        """Die ``before`` or ``after`` sending, or when a receipt is ``seen``."""
        super().__init__(client)
        self._moment = moment
        self._left = number
        self.sent: list[str] = []

    def send(self, raw: bytes, name: str) -> None:
        """Send, and die where it is time."""
        self._left -= 1
        self._die_if("before")
        super().send(raw, name)
        self.sent.append(name)
        self._die_if("after")

    def landed(self, name: str) -> Landed | None:
        """Look for a receipt, and die where it is time."""
        found = super().landed(name)
        if found is not None and self.sent and self.sent[-1] == name:
            self._die_if("seen")
        return found

    def _die_if(self, moment: str) -> None:
        if self._left == 0 and moment == self._moment:
            raise Killed
