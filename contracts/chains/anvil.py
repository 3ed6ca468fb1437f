"""An anvil of our own: a child process with a private IPC socket, ended with the chain."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .base import BLOCK_GAS, CHAIN_ID, TRANSACTION_GAS, ChainUnavailable
from .names import shown_endpoint
from .rpc import RpcChain
from .rpc_client import RpcClient, quantity
from .rpc_errors import RpcError, Unreachable, clean
from .rpc_opening import Node

if TYPE_CHECKING:
    from .names import Fork

VARIABLE = "WEIPROOF_ANVIL"
"""Environment variable that names the anvil to use."""
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def find_anvil() -> Path:
    """Return the anvil that :data:`VARIABLE` names, on the PATH, or installed by npm here or above.

    :raises ChainUnavailable: where there is none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not os.access(named, os.X_OK) or not Path(named).is_file():
            raise ChainUnavailable(f"{VARIABLE} names {named}, which is no program")
        return Path(named)
    found = shutil.which("anvil")
    if found is not None:
        return Path(found)
    system = platform.system().lower()
    package = f"anvil-{system}-{_MACHINES.get(platform.machine().lower(), '')}"
    here = Path.cwd()
    for folder in (here, *here.parents):
        installed = folder / "node_modules" / "@foundry-rs" / package / "bin" / "anvil"
        if os.access(installed, os.X_OK):
            return installed
    raise ChainUnavailable(
        "the chain anvil needs Foundry's anvil: put it on the PATH, name it in the environment"
        f" variable {VARIABLE}, or install it here (npm install @foundry-rs/anvil)"
    )


def open_anvil(
    *, genesis_time: int, transaction_gas: int = TRANSACTION_GAS, fork: Fork | None = None
) -> RpcChain:
    """Start an anvil and open it.

    :param fork: begin with the state of this block of another chain, whose id is kept.
    :raises ChainUnavailable: where anvil is missing or does not start.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise ChainUnavailable(
            "there are no Unix sockets on this system: start anvil yourself and name it as rpc:URL"
        )
    child = _Child(find_anvil(), genesis_time, fork)
    try:
        client = child.wait_until_ready()
        return RpcChain(
            "anvil",
            client,
            Node(client).take_over(genesis_time, backwards=False),
            genesis_time=genesis_time,
            transaction_gas=transaction_gas,
            end=child.stop,
        )
    except RpcError as error:
        child.stop()
        raise ChainUnavailable(f"anvil was started and cannot be used: {error}") from error
    except BaseException:
        child.stop()
        raise


class _Child:
    """The process and the folder of its socket."""

    def __init__(self, program: Path, genesis_time: int, fork: Fork | None) -> None:
        """Start it."""
        self._fork = fork
        self._folder = Path(tempfile.mkdtemp(prefix="weiproof-"))
        self._socket = self._folder / "anvil.ipc"
        self._said = self._folder / "stderr"
        self._client = RpcClient(str(self._socket))
        # neither variables nor a configuration meant for other anvils may reach this one
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("ANVIL_", "FOUNDRY_"))
        }
        try:
            with self._said.open("wb") as stderr:
                self._process = subprocess.Popen(  # noqa: S603 (the program that the user named)
                    [str(program), *_arguments(self._socket, genesis_time, fork)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=stderr,
                    cwd=self._folder,
                    env={**environment, "HOME": str(self._folder)},
                )
        except OSError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise ChainUnavailable(f"{program} cannot be started: {error.strerror}") from error

    def wait_until_ready(self) -> RpcClient:
        """Return the client of its socket, as soon as it answers.

        :raises ChainUnavailable: where it ends instead, or takes too long.
        """
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            code = self._process.poll()
            if code is not None:
                raise ChainUnavailable(f"anvil ended at once, with exit code {code}{self._why()}")
            if self._socket.exists():
                with contextlib.suppress(Unreachable):
                    self._client.ask("eth_chainId", (), quantity)
                    return self._client
            time.sleep(0.01)
        raise ChainUnavailable(f"anvil did not start within {_START_SECONDS:g} seconds")

    def stop(self) -> None:
        """End it and remove its folder."""
        self._client.close()
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _why(self) -> str:
        """What it said last, unless that may repeat the secrets of a URL."""
        if self._fork is not None:
            return f": check that {shown_endpoint(self._fork.url)} has block {self._fork.block}"
        lines = self._said.read_text("utf-8", "replace").strip().splitlines()
        return f": {clean(lines[-1])}" if lines else ""


def _arguments(socket_path: Path, genesis_time: int, fork: Fork | None) -> list[str]:
    arguments = [
        *("--ipc", str(socket_path), "--host", "127.0.0.1", "--port", "0", "--quiet"),
        *("--hardfork", "cancun", "--no-mining", "--accounts", "0"),
        *("--max-persisted-states", "0"),
        *("--gas-limit", str(BLOCK_GAS), "--block-base-fee-per-gas", "0"),
    ]
    if fork is None:
        return [*arguments, "--chain-id", str(CHAIN_ID), "--timestamp", str(genesis_time)]
    forked = ("--fork-url", fork.url, "--fork-block-number", str(fork.block))
    return [*arguments, *forked, "--no-storage-caching"]
