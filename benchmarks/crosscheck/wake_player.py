"""Plays recorded operations with Wake on an anvil of its own; prints the CPU-seconds they took.

Runs in a Python that has eth-wake, and knows nothing of this project.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from wake import testing  # type: ignore[import-not-found]

CHAIN_ID = 131277322940537
GAS = 200_000_000


def main() -> None:
    """Reads the plan, plays it, compares the answers."""
    plan = json.loads(Path(sys.argv[1]).read_text())
    operations, deployed = plan["operations"], plan["deployed"]
    port, anvil = _started(plan["genesis"])
    try:
        chain = testing.Chain()
        with chain.connect(f"http://127.0.0.1:{port}"):
            communicator = chain.chain_interface._communicator  # noqa: SLF001 - nothing else sets it
            communicator.send_request("anvil_setBlockTimestampInterval", [0])
            player = _Player(chain)
            for operation in operations[:deployed]:
                player.play(*operation)
            started = time.process_time() + _cpu_seconds(anvil.pid)
            for operation in operations[deployed:]:
                player.play(*operation)
            print(time.process_time() + _cpu_seconds(anvil.pid) - started)
    finally:
        anvil.terminate()
        anvil.wait()


def _started(genesis: int) -> tuple[int, subprocess.Popen[bytes]]:
    """An anvil that listens, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    options = ("--silent", "--hardfork", "cancun", "--accounts", "0", "--base-fee", "0")
    limits = ("--gas-limit", str(10**9), "--chain-id", str(CHAIN_ID), "--prune-history", "100")
    command = ["anvil", "--port", str(port), "--timestamp", str(genesis), *options, *limits]
    anvil = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - as written here
    until = time.monotonic() + 60
    while not _listens(port) and time.monotonic() < until:
        time.sleep(0.05)
    return port, anvil


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def _cpu_seconds(process: int) -> float:
    """CPU time of a process that runs."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Player:
    """The chain of one run, as Wake has it."""

    def __init__(self, chain: Any) -> None:  # noqa: ANN401 - Wake's
        self._chain = chain
        self._node = chain.chain_interface
        self._accounts: dict[str, Any] = {}
        self._marks: list[str] = []
        self._last = 0

    def play(self, name: str, args: list[Any], kwargs: dict[str, Any], answer: list[Any]) -> None:
        """One operation; it must end as it did before."""
        getattr(self, f"_{name}")(args, kwargs, answer)

    def _deploy(self, args: list[Any], kwargs: dict[str, Any], _: list[Any]) -> None:
        self._node.impersonate_account(kwargs["sender"])
        self._reach(kwargs["at"])
        code, sender = bytes.fromhex(args[0][2:]), kwargs["sender"]
        request = {"from": sender, "data": code, "gas": GAS, "type": 0, "gasPrice": 0}
        self._node.send_transaction(request)

    def _send(self, args: list[Any], kwargs: dict[str, Any], answer: list[Any]) -> None:
        self._reach(kwargs["at"])
        sender = self._account(kwargs["sender"])
        data = bytes.fromhex(args[1][2:])
        try:
            self._account(args[0]).transact(data, from_=sender, gas_limit=GAS)
        except testing.TransactionRevertedError:
            self._expect(answer[0], False, args)
        else:
            self._expect(answer[0], True, args)

    def _call(self, args: list[Any], kwargs: dict[str, Any], answer: list[Any]) -> None:
        sender = self._account(kwargs.get("sender", "0x" + "00" * 20))
        data = bytes.fromhex(args[1][2:])
        try:
            output = self._account(args[0]).call(data, from_=sender, gas_limit=GAS)
        except testing.TransactionRevertedError:
            self._expect(answer[0], False, args)
        else:
            self._expect(answer, [True, "0x" + output.hex()], args)

    def _snapshot(self, *_: object) -> None:
        self._marks.append(self._chain.snapshot())

    def _revert(self, args: list[Any], *_: object) -> None:
        place = args[0] - 1  # snapshots are numbered from 1
        self._chain.revert(self._marks[place])
        self._marks[place] = self._chain.snapshot()
        self._last = 0

    def _reach(self, time: int) -> None:
        """The next block is at this time; it stays where it is by itself."""
        if time != self._last:
            self._chain.set_next_block_timestamp(time)
            self._last = time

    def _account(self, address: str) -> Any:  # noqa: ANN401 - Wake's
        if address not in self._accounts:
            self._accounts[address] = testing.Account(address, chain=self._chain)
        return self._accounts[address]

    @staticmethod
    def _expect(recorded: object, found: object, args: list[Any]) -> None:
        if recorded != found:
            raise SystemExit(f"{args}: {recorded} was recorded, {found} came")


if __name__ == "__main__":
    main()
