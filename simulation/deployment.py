"""From a deployment's file, or a scenario's, to the protocol that it describes.

A deployment's file has the sections of a scenario that say what is deployed: `[system]`,
`[[price]]`, `[[feed]]` and `[[market]]`. What only a run needs is filled in before the tables are
validated, so that both kinds of file have one schema and the same errors. Only a deployment's file
may have `[roles]` and `[timelock]`: who may do what on a real chain, and with how much notice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weiproof.crosscheck.spec import TimelockSpec
from weiproof.engine.parameter_timelock import MAXIMUM_DELAY, MINIMUM_DELAY

from .agreement import check_document
from .baskets import expanded
from .conversion import convert
from .protocol_of import protocol_of
from .toml_exact import Exact, parse, read_text
from .validation import Problems, validate

if TYPE_CHECKING:
    from weiproof.crosscheck.spec import ProtocolSpec

_PATH = "not-observed"
_AT = 1_722_816_000  # any time will do: no contract reads the clock while it is created
_RUN_SECTIONS: dict[str, Any] = {
    "scenario": {"name": "deployment", "start": _AT, "end": _AT + 1, "seed": 0, "block_time": 1},
    "insurance_fund": {"amount": 0},
    "market_maker": {"name": "maker", "capital": 1, "spread": 0},
    "path": [{"name": _PATH, "rows": [[_AT, 1]]}],
}
_OF_A_RUN = frozenset(
    {*_RUN_SECTIONS, "account", "group", "keeper", "provider", "settler", "checks"}
)
"""Sections that make a file a scenario: then it must be a whole one."""
_FEED_KEYS: dict[str, Any] = {"heartbeat": 1, "deviation": Exact("0.5"), "delay": 0}


_ROLES = ("admin", "matcher", "transmitter")
_TIMELOCK_ROLES = ("proposers", "executors", "cancellers")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


@dataclass(frozen=True, slots=True)
class Roles:
    """Addresses that `[roles]` names, lower-case; None where it leaves one out."""

    admin: str | None = None
    matcher: str | None = None
    transmitter: str | None = None


def load_with_roles(file: str | Path) -> tuple[ProtocolSpec, Roles]:
    """As :func:`load_deployment`, with the file's `[roles]`."""
    path = Path(file)
    return deployment_with_roles(read_text(path, str(path)), str(path))


def load_deployment(file: str | Path) -> ProtocolSpec:
    """Reads what is to be deployed; a scenario's price files are not looked at.

    Raises `ScenarioError` for everything that is wrong with the file.
    """
    return load_with_roles(file)[0]


def deployment_of(text: str, name: str) -> ProtocolSpec:
    """Reads a deployment from TOML text; `name` stands for the file in errors."""
    return deployment_with_roles(text, name)[0]


def deployment_with_roles(text: str, name: str) -> tuple[ProtocolSpec, Roles]:
    """As :func:`deployment_of`, with the text's `[roles]`."""
    tables, problems = parse(text, name), Problems()
    roles, timelock = Roles(), None
    if tables.keys().isdisjoint(_OF_A_RUN):
        roles = _roles(tables.pop("roles", {}), problems)
        if "timelock" in tables:
            timelock = _timelock(tables.pop("timelock"), problems)
        _complete(tables)
    document = validate(tables, name)
    if document.basket:
        tables = expanded(tables, document, problems)
        problems.stop(name)
        document = validate(tables, name)
    check_document(document, problems)
    problems.stop(name)
    return replace(protocol_of(convert(document, "")), timelock=timelock), roles


def _roles(table: object, problems: Problems) -> Roles:
    """Who may do what; every role is an address, in small letters or with a right checksum."""
    if not isinstance(table, dict):
        problems.add("roles", "a table", "Write a [roles] section.")
        return Roles()
    found: dict[str, str] = {}
    for key, value in table.items():
        if key not in _ROLES:
            problems.add(f"roles.{key}", f"one of the roles {', '.join(_ROLES)}", "Remove it.")
            continue
        address = _address(value, f"roles.{key}", problems)
        if address is not None:
            found[key] = address
    return Roles(**found)


def _timelock(table: object, problems: Problems) -> TimelockSpec | None:
    """The delay, and who may do what with the timelock."""
    if not isinstance(table, dict):
        problems.add("timelock", "a table", "Write a [timelock] section.")
        return None
    known = ("delay", *_TIMELOCK_ROLES)
    for key in table:
        if key not in known:
            problems.add(f"timelock.{key}", f"one of the keys {', '.join(known)}", "Remove it.")
    delay = table.get("delay")
    if type(delay) is not int or not MINIMUM_DELAY <= delay <= MAXIMUM_DELAY:
        expected = f"seconds from {MINIMUM_DELAY} (an hour) to {MAXIMUM_DELAY} (thirty days)"
        problems.add("timelock.delay", expected, "Say how long before it a change is known.")
        delay = MINIMUM_DELAY
    proposers, executors, cancellers = (
        _addresses(table.get(role, []), role, problems) for role in _TIMELOCK_ROLES
    )
    return TimelockSpec(delay, proposers, executors, cancellers)


def _addresses(value: object, role: str, problems: Problems) -> tuple[str, ...]:
    """A list of different addresses."""
    key = f"timelock.{role}"
    if not isinstance(value, list):
        problems.add(key, "a list of addresses", "Put it in brackets; leave it out for none.")
        return ()
    found: list[str] = []
    for index, each in enumerate(value):
        address = _address(each, f"{key}[{index}]", problems)
        if address in found:
            problems.add(f"{key}[{index}]", "each address once", f"Remove {address}.")
        elif address is not None:
            found.append(address)
    return tuple(found)


def _address(value: object, key: str, problems: Problems) -> str | None:
    """An address, in small letters or with a right checksum, lower-case; None where it is none."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        problems.add(key, "an address, 0x and 40 hex digits", "Put it in quotes.")
    elif int(value, 16) == 0:
        problems.add(key, "an address other than zero", "Name who has the role.")
    elif not _checksum_holds(value):
        expected = "an address whose capital letters are its checksum"
        problems.add(key, expected, "A digit may be wrong: copy it again.")
    else:
        return value.lower()
    return None


def _checksum_holds(address: str) -> bool:
    """Whether an address is in letters of one size, or checked by them (EIP-55)."""
    from eth_utils.address import to_checksum_address

    digits = address[2:]
    return digits in (digits.lower(), digits.upper()) or to_checksum_address(address) == address


def _complete(tables: dict[str, Any]) -> None:
    """Fills in what only a run needs."""
    tables.update(_RUN_SECTIONS)
    for feed in _tables(tables, "feed"):
        feed["source"] = _PATH
        for key, value in _FEED_KEYS.items():
            feed.setdefault(key, value)
    for market in _tables(tables, "market"):
        market["path"] = _PATH


def _tables(tables: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = tables.get(kind)
    return [table for table in found if isinstance(table, dict)] if isinstance(found, list) else []
