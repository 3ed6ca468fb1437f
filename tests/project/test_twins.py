"""Each rule stands once in Solidity and once in Python, under one name and in one order."""

from __future__ import annotations

import ast
import re
from dataclasses import fields, is_dataclass
from importlib import import_module
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest
from eth_utils.crypto import keccak

from weiproof.contracts import artifact_store
from weiproof.engine.backstop_records import BACKSTOP, FUND, Route
from weiproof.engine.errors import Revert
from weiproof.engine.state import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weiproof.engine.contract import Contract

RULES = (
    "Accounts",
    "Auctions",
    "Backstop",
    "Cash",
    "Collaterals",
    "Deleveraging",
    "Figures",
    "Fees",
    "Fills",
    "FixedPoint",
    "Funding",
    "Holdings",
    "Instruments",
    "Insurance",
    "Deficits",
    "ForcedClose",
    "Liquidation",
    "LiquidationLimits",
    "Margin",
    "Mark",
    "MarginCalls",
    "MarketLife",
    "MarketRoute",
    "Markets",
    "Offsets",
    "Orders",
    "Perpetuals",
    "Plans",
    "Positions",
    "PricePolicy",
    "Pricing",
    "Reductions",
    "Requirement",
    "Ramp",
    "Risk",
    "Routes",
    "SeizureOrder",
    "Settlement",
    "Spot",
    "Takeovers",
    "Trading",
    "Views",
    "Volatility",
)
"""Files of rules in contracts/src; the twin is engine/<snake case>.py."""

OF_ORACLES = {"PricePolicy"}
"""Those of them whose twin is in oracles/."""

SOLIDITY_ALONE = {
    ("Markets", "_storeTiers"): "an assignment",
    ("Risk", "precedes"): "the key of sort",
    ("PricePolicy", "add"): "append of two lists",
    ("PricePolicy", "sort"): "sorted",
}
PYTHON_ALONE = {
    ("Accounts", "sub_account"): "owners compute it themselves",
    ("FixedPoint", "div_truncate"): "Solidity's / on signed integers",
    ("FixedPoint", "to_uint256"): "the width of a Solidity word",
}

CONTRACTS = {
    "Administration": "weiproof.engine.administration",
    "ClearingHouse": "weiproof.engine.clearing_house",
    "Lens": "weiproof.engine.lens",
    "ParameterTimelock": "weiproof.engine.parameter_timelock",
    "SettlementToken": "weiproof.engine.settlement_token",
    "CollateralToken": "weiproof.engine.collateral_token",
    "StakedToken": "weiproof.engine.staked_token",
    "RatedFeed": "weiproof.oracles.rated_feed",
    "OracleHub": "weiproof.oracles.oracle_hub",
    "Feed": "weiproof.oracles.feed",
    "MockFeed": "weiproof.oracles.mock_feed",
    "PythFeed": "weiproof.oracles.pyth_feed",
    "MockPythPrice": "weiproof.oracles.mock_pyth_price",
}
"""Contracts that are called, and the module of the class of the same name."""

GETTERS = {
    "supportsInterface": "ERC-165, about the code and not about the state",
    "DEFAULT_ADMIN_ROLE": "a constant",
    "MATCHER_ROLE": "a constant",
    "PARAMETER_ROLE": "a constant",
    "PAUSER_ROLE": "a constant",
    "TREASURER_ROLE": "a constant",
    "TRANSMITTER_ROLE": "a constant",
    "PROPOSER_ROLE": "a constant",
    "EXECUTOR_ROLE": "a constant",
    "CANCELLER_ROLE": "a constant",
    "MINIMUM_DELAY": "a constant",
    "MAXIMUM_DELAY": "a constant",
    "onERC721Received": "OpenZeppelin's constant answer to a token of another kind",
    "onERC1155Received": "OpenZeppelin's constant answer to a token of another kind",
    "onERC1155BatchReceived": "OpenZeppelin's constant answer to a token of another kind",
    "MAX_SOURCES": "a constant",
    "MAX_PRICE": "a constant",
    "house": "the lens's address of the house, fixed for life",
    "administration": "the address of the code that is delegated to, fixed for life",
    "name": "the token's name; Contract.name is the label of a twin",
    "symbol": "the token's symbol, for people",
}
"""External functions without a twin, and why."""

ARGUMENTS = {"id": "operation"}
"""Arguments whose name the integer rooms may not use: Python's own differs between runs."""

PYTHON_INTERNAL = {"call", "emit", "grant", "move"}
"""Public methods of one word that are no external function."""

ERRORS_ALONE = {
    "ReentrancyGuardReentrantCall": "no token or feed of the model calls back",
    "SafeERC20FailedOperation": "the settlement token reverts by itself and never answers false",
    "ERC20InvalidSender": "nobody can call from the zero address",
    "SafeCastOverflowedUintDowncast": "block times fit into 48 bits",
}
"""Inherited errors without a class, and why the model cannot meet them."""

RECORD_NAMES = {
    ("Feed", "Round"): "StoredRound",
    ("MockFeed", "Round"): "MockRecord",
    ("IPyth", "Price"): "MockPrice",
}
"""Structs whose name is taken in Python."""

STRUCTS_ALONE = {
    "Prices": "two lists",
    "Settings": "the hub's PriceRecord, packed",
    "StoredSource": "a Source, packed",
    "Collateral": "two tables: parameters and records",
    "Market": "three tables: settings, records and their keys",
    "Ledger": "the object that holds the tables",
}
RECORDS_ALONE = {
    "MarketSettings": "parameters and tiers of a market, which Solidity keeps in Market",
    "FeeSchedule": "the ledger's feeTiers",
    "Offsets": "the ledger's list of offsets",
    "MarketLimit": "the ledger's marketLimitRate",
    "Capacity": "the ledger's backstopCapacities",
    "Candidates": "the ledger's candidates on one side of a market",
    "Count": "the ledger's marketCount",
    "AdminRecord": "OpenZeppelin's administrator and delay",
    "RoleRecord": "OpenZeppelin's mapping of roles",
    "OperationRecord": "OpenZeppelin's mapping of operations",
    "DelayRecord": "OpenZeppelin's least delay",
    "EtherRecord": "the timelock's balance",
    "TransferFee": "the token's transferFee",
    "ExchangeRate": "the token's exchangeRate",
    "VolatilitySettings": "parameters and regimes of a market, which Solidity keeps in Market",
    "Permission": "the ledger's traders",
    "Holding": "the ledger's holdings",
    "FeedRecord": "the feed's phaseId and aggregatorRoundId",
    "PriceRecord": "the hub's sources and quorum of a price",
}
EXTRA_FIELDS = {"MockRecord": ("failing",)}
"""State that Solidity keeps beside the struct."""

SECTIONS = ("CHECKS", "PRICES", "MARGIN", "EFFECTS", "EVENTS")
SECTION = re.compile(rf"^\s*(?://|#) ({'|'.join(SECTIONS)})\s*$", re.MULTILINE)


def snake(name: str) -> str:
    """``liquidationPrice`` becomes ``liquidation_price``; a leading underscore stays."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def solidity_functions(text: str) -> dict[str, str]:
    """Functions of a source file with their text, up to the next function or the end."""
    starts = [(m.start(), m.group(1)) for m in re.finditer(r"\bfunction (\w+)\s*\(", text)]
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return {name: text[start:end] for (start, name), end in zip(starts, ends, strict=True)}


def python_functions(text: str) -> dict[str, str]:
    """Functions of a module, at top level, with their text."""
    return {
        node.name: ast.get_source_segment(text, node) or ""
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
    }


def sections(text: str) -> list[str]:
    """The section comments of a function in order; a section that goes on counts once."""
    return [name for name, _ in groupby(SECTION.findall(text))]


def twin_file(rule: str) -> str:
    """Where the twin of a rule file is."""
    room = "oracles" if rule in OF_ORACLES else "engine"
    return f"{room}/{snake(rule)}.py"


def both(root: Path, rule: str) -> tuple[dict[str, str], dict[str, str]]:
    """Functions of a rule file and of its twin."""
    solidity = (root / f"contracts/src/{rule}.sol").read_text(encoding="utf-8")
    python = (root / twin_file(rule)).read_text(encoding="utf-8")
    return solidity_functions(solidity), python_functions(python)


def twin_of(name: str, python: dict[str, str]) -> str | None:
    """The Python name of a Solidity function, with or without an underscore in front."""
    wanted = snake(name)
    bare = wanted.lstrip("_")
    return next((found for found in (wanted, bare, f"_{bare}") if found in python), None)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_its_twin(root: Path, rule: str) -> None:
    """No function stands in one language alone, but for the listed ones."""
    solidity, python = both(root, rule)
    matched = {name: twin_of(name, python) for name in solidity}
    alone = {name for name, twin in matched.items() if twin is None}
    assert alone == {name for file, name in SOLIDITY_ALONE if file == rule}
    left = set(python) - set(matched.values())
    assert left == {name for file, name in PYTHON_ALONE if file == rule}


@pytest.mark.parametrize("rule", RULES)
def test_twins_have_the_same_sections(root: Path, rule: str) -> None:
    """CHECKS, PRICES, MARGIN, EFFECTS and EVENTS occur in the same order in both texts."""
    solidity, python = both(root, rule)
    for name, text in solidity.items():
        twin = twin_of(name, python)
        if twin is not None:
            assert sections(text) == sections(python[twin]), f"{rule}.{name}"


@pytest.mark.parametrize("rule", RULES)
def test_twins_stand_in_the_same_order(root: Path, rule: str) -> None:
    """The two texts can be read side by side from top to bottom."""
    solidity, python = both(root, rule)
    order = [twin for name in solidity if (twin := twin_of(name, python)) is not None]
    assert [name for name in python if name in order] == order


def test_every_rule_file_is_known(root: Path) -> None:
    """A new Solidity library must be added to the list above."""
    libraries = {
        path.stem
        for path in (root / "contracts/src").glob("*.sol")
        if re.search(r"^library ", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert libraries == set(RULES)


def abi_of(contract: str, kind: str) -> list[dict[str, Any]]:
    """A contract's ABI entries of one kind."""
    abi = artifact_store.shipped().load(contract).abi
    return [dict(entry) for entry in abi if entry["type"] == kind]


def class_of(contract: str) -> type[Contract]:
    """The Python class of a contract."""
    found: type[Contract] = getattr(import_module(CONTRACTS[contract]), contract)
    return found


def method_arguments(method: Any) -> list[str]:  # noqa: ANN401 - any function
    """Names of a method's arguments without self."""
    code = method.__code__
    return list(code.co_varnames[1 : code.co_argcount])


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_external_function_has_its_method(contract: str) -> None:
    """The ABI's name, and the ABI's arguments by number; where both are named, by name."""
    twin = class_of(contract)
    for entry in abi_of(contract, "function"):
        name = entry["name"]
        if name in GETTERS and name not in vars(twin):
            continue
        method = getattr(twin, name, None)
        assert callable(method), f"{contract}.{name}"
        names = method_arguments(method)
        assert len(names) == len(entry["inputs"]), f"{contract}.{name}"
        if contract.endswith("Token") or name in {"grantRole", "revokeRole", "renounceRole"}:
            continue  # OpenZeppelin's argument names
        for given, declared in zip(names, entry["inputs"], strict=True):
            known = ARGUMENTS.get(declared["name"], declared["name"].rstrip("_"))
            assert known in {"", given}, f"{contract}.{name}({given})"


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_public_method_is_an_external_function(contract: str) -> None:
    """Whatever does not look internal (an underscore in its name) can be called on the chain."""
    external = {entry["name"] for entry in abi_of(contract, "function")}
    if contract == "ClearingHouse":
        external |= {entry["name"] for entry in abi_of("Administration", "function")}
    methods = {
        name
        for name in dir(class_of(contract))
        if "_" not in name and callable(getattr(class_of(contract), name))
    }
    assert methods - external <= PYTHON_INTERNAL


MODULES_OF_ERRORS = (
    "weiproof.engine.errors",
    "weiproof.engine.admin_errors",
    "weiproof.engine.auction_errors",
    "weiproof.engine.erc20",
    "weiproof.engine.life_errors",
    "weiproof.engine.backstop_errors",
    "weiproof.engine.deleveraging_errors",
    "weiproof.engine.timelock_errors",
    "weiproof.engine.seizure_errors",
    "weiproof.engine.plan_errors",
    "weiproof.engine.erc20",
    "weiproof.oracles.errors",
)


def errors() -> dict[str, type[Revert]]:
    """All classes of reverts that stand for one Solidity error."""
    return {
        name: value
        for module in MODULES_OF_ERRORS
        for name, value in vars(import_module(module)).items()
        if isinstance(value, type) and issubclass(value, Revert) and value.selector
    }


def declared_errors() -> dict[str, dict[str, Any]]:
    """All errors of the called contracts, by name."""
    return {entry["name"]: entry for name in CONTRACTS for entry in abi_of(name, "error")}


def signature(entry: dict[str, Any]) -> str:
    """``Name(type,type)``; errors have no struct arguments."""
    return f"{entry['name']}({','.join(item['type'] for item in entry['inputs'])})"


def test_every_error_has_its_class() -> None:
    """Name, selector and names of the arguments agree."""
    classes = errors()
    missing = set(declared_errors()) - set(classes)
    assert missing <= set(ERRORS_ALONE)
    for name, entry in declared_errors().items():
        if name in missing:
            continue
        assert classes[name].selector == keccak(text=signature(entry))[:4], name
        declared = [item["name"] for item in entry["inputs"]]
        assert list(classes[name].parameters) == declared, name


def test_every_class_of_error_is_declared() -> None:
    """Nothing but Solidity's own panic and reverts with a text stand in Python alone."""
    assert set(errors()) - set(declared_errors()) == {"Panic", "RevertReason"}


def emitted(root: Path) -> Iterator[tuple[str, str, int]]:
    """Each emission in the Python texts: file, event, number of arguments."""
    for folder in ("engine", "oracles"):
        for path in sorted((root / folder).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "emit"
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                ):
                    yield path.name, str(node.args[0].value), len(node.args) - 1


def test_every_event_is_emitted_on_both_sides(root: Path) -> None:
    """Each declared event is emitted in Python with as many arguments, and none beyond them."""
    declared = {
        entry["name"]: len(entry["inputs"])
        for name in CONTRACTS
        for entry in abi_of(name, "event")
        if entry["name"] != "RoleAdminChanged"  # no role's administrator ever changes
    }
    found = {}
    for file, name, count in emitted(root):
        assert declared.get(name) == count, f"{file}: {name}"
        found[name] = count
    assert found == declared


def structs(root: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each struct of the sources: file, name, names of the fields."""
    for path in sorted((root / "contracts/src").rglob("*.sol")):
        text = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
        for name, body in re.findall(r"\bstruct (\w+)\s*\{([^}]*)\}", text):
            lines = [line.split()[-1] for line in body.split(";") if line.strip()]
            yield path.stem, name, tuple(lines)


MODULES_OF_RECORDS = (
    "weiproof.engine.backstop_records",
    "weiproof.engine.parameters",
    "weiproof.engine.records",
    "weiproof.engine.parameters",
    "weiproof.engine.records",
    "weiproof.engine.deleveraging_records",
    "weiproof.engine.plan_records",
)


def records() -> dict[str, type]:
    """Dataclasses of the integer rooms, by name."""
    modules = [f"weiproof.{twin_file(rule)[:-3].replace('/', '.')}" for rule in RULES]
    modules += [*MODULES_OF_RECORDS, "weiproof.engine.access_control", *CONTRACTS.values()]
    modules += ["weiproof.engine.default_admin"]
    return {
        name: value
        for module in [*modules, "weiproof.oracles.round"]
        for name, value in vars(import_module(module)).items()
        if isinstance(value, type) and is_dataclass(value)
    }


def test_every_struct_has_its_record(root: Path) -> None:
    """Fields have the same names in the same order, camel case there and snake case here."""
    known = records()
    for file, name, declared in structs(root):
        if name in STRUCTS_ALONE:
            continue
        twin = RECORD_NAMES.get((file, name), name)
        names = tuple(field.name for field in fields(known[twin]))
        extra = EXTRA_FIELDS.get(twin, ())
        assert names == (*(snake(field) for field in declared), *extra), f"{file}.{name}"


def test_every_record_has_its_struct(root: Path) -> None:
    """No stored record stands in Python alone, but for the listed ones."""
    structured = {RECORD_NAMES.get((file, name), name) for file, name, _ in structs(root)}
    stored = {name for name, kind in records().items() if issubclass(kind, Record)}
    assert stored - structured - {"Record"} == set(RECORDS_ALONE)


def test_bounds_are_the_same(root: Path) -> None:
    """Each constant of the records' file has its value in Python."""
    text = (root / "contracts/src/Records.sol").read_text(encoding="utf-8")
    known = {
        name: value for m in MODULES_OF_RECORDS for name, value in vars(import_module(m)).items()
    }
    found = re.findall(r"^uint256 constant (\w+) = ([\de_]+);", text, re.MULTILINE)
    assert found
    for name, value in found:
        mantissa, _, exponent = value.replace("_", "").partition("e")
        assert known[name] == int(mantissa) * 10 ** int(exponent or 0), name


@pytest.mark.parametrize(
    ("contract", "holder"),
    [
        ("Administration", "weiproof.engine.administration"),
        ("Feed", CONTRACTS["Feed"]),
        ("ParameterTimelock", CONTRACTS["ParameterTimelock"]),
    ],
)
def test_roles_are_hashes_of_their_names(contract: str, holder: str) -> None:
    """The constants are keccak256 of what they are called; none is missing."""
    module = vars(import_module("weiproof.engine.access_control")) | vars(import_module(holder))
    declared = {entry["name"] for entry in abi_of(contract, "function")}
    for name in sorted(name for name in declared if name.endswith("_ROLE")):
        expected = bytes(32) if name == "DEFAULT_ADMIN_ROLE" else keccak(text=name)
        assert module[name] == expected, name


def test_the_bounds_of_the_delay_are_the_same(root: Path) -> None:
    """The timelock's constants have their value in Python."""
    text = (root / "contracts/src/ParameterTimelock.sol").read_text(encoding="utf-8")
    found = re.findall(r"constant (\w+) = (\d+) (hours|days);", text)
    seconds = {"hours": 3_600, "days": 86_400}
    module = vars(import_module(CONTRACTS["ParameterTimelock"]))
    assert [name for name, _, _ in found] == ["MINIMUM_DELAY", "MAXIMUM_DELAY"]
    for name, count, unit in found:
        assert module[name] == int(count) * seconds[unit], name


@pytest.mark.parametrize("name", ["Reason", "Reducer"])
def test_enumerations_are_the_same(root: Path, name: str) -> None:
    """The choices of a policy have one order."""
    text = (root / "contracts/src/PricePolicy.sol").read_text(encoding="utf-8")
    (body,) = re.findall(rf"enum {name} \{{([^}}]*)\}}", re.sub(r"//[^\n]*", "", text))
    declared = [snake(choice.strip()).upper() for choice in body.split(",")]
    choices = vars(import_module("weiproof.oracles.price_policy"))[name]
    assert [member.name for member in choices] == declared


def test_routes_are_the_same(root: Path) -> None:
    """The ways in which a position goes have one order, and the system's accounts one address."""
    text = (root / "contracts/src/Records.sol").read_text(encoding="utf-8")
    (body,) = re.findall(r"enum Route \{([^}]*)\}", text)
    declared = [snake(choice.strip()).upper() for choice in body.split(",")]
    assert [member.name for member in Route] == declared
    accounts = dict(
        re.findall(r"^address constant (\w+) = address\(uint160\((\d+)\)\);", text, re.MULTILINE)
    )
    assert {name: int(value) for name, value in accounts.items()} == {
        "BACKSTOP": int(BACKSTOP, 16),
        "FUND": int(FUND, 16),
    }
