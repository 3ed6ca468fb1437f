"""Random build artifacts with the names, types and gaps that nobody expects, for whole targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.contracts.random_abis import damaged, nested_tuple, random_abi
from tests.contracts.random_codes import deploying, random_code

if TYPE_CHECKING:
    from weiproof.engine.draws import Stream

CONTRACTS = (
    "Vault", "vault", "class", "None", "Twin", "Target", "Mapping", "Deploy", "annotations", "_",
    "__init__", "C1", "Größe", "保管", "a b", "a-b", '"""', "\\", "x\ny", "A" * 300, "1st", "$",
    "VaultTarget", "self", "str", "uint256",
)  # fmt: skip
"""Names of contracts: Python's words, those of the scaffold's imports, and what is no name."""

FUNCTIONS = (
    "deposit", "class", "None", "lambda", "match", "print", "self", "__init__", "__class__",
    "__new__", "__setattr__", "__dict__", "_world", "_label", "_put_back", "__private", "_", "__",
    "state", "address", "sender", "now", "value", "emit", "revert", "require", "contract", "trace",
    "label_of", "a$b", "$", "mro", "f" * 500, "int", "bytes", "Mapping", "Twin", "constructor",
)  # fmt: skip
"""Names of functions: Python's words, the twin's own, private ones, and what Python cannot say."""

PARAMETERS = (
    "", "amount", "amount", "self", "class", "None", "_", "__", "_amount", "1a", "a b", "ü",
    "\ud800", '"', "*args", "=", "a,b", "\n", "int", "revert", "x" * 400,
)  # fmt: skip

TYPES = (
    "uint256", "uint8", "int256", "int8", "bool", "address", "bytes", "string", "bytes32", "bytes1",
    "function", "uint256[]", "address[]", "string[3]", "uint8[64]", "uint8[65]", "uint8[20000]",
    "bytes[300]", "uint256[2][2][2]", "uint8[60][60]", "bool" + "[]" * 12, "bool" + "[]" * 31,
    "string" + "[2]" * 12, "uint8[0]", "uint", "fixed128x18", "uint7", "tuple", "tuple[]", "", "x",
)  # fmt: skip
"""Types of parameters: the small, the giant, the deep, and what is none."""

CODES = (b"", bytes.fromhex("5f5ffd"), bytes.fromhex("61040060005f37365ff3"), b"\xfe", b"\x5b5f56")
"""Programs: accept all, refuse all, answer something, fail, run for ever."""


def random_build(dice: Stream) -> tuple[str, Any]:
    """Name of a contract, and what a compiler might have written of it in a bad hour.

    One in five is damaged besides.
    """
    name = dice.choice(CONTRACTS)
    abi: list[Any] = [_entry(dice) for _ in range(dice.below(6))]
    if dice.chance(1, 3):
        abi += random_abi(dice)
    if dice.chance(1, 6):
        abi = [{"type": dice.choice(("fallback", "receive"))}]
    if dice.chance(1, 4):
        abi += abi[:2]
    code = deploying(random_code(dice) if dice.chance(1, 4) else dice.choice(CODES))
    compiled: Any = {"abi": abi, "evm": {"bytecode": {"object": code.hex()}}}
    if dice.chance(1, 5):
        compiled = damaged(dice, compiled)
    return name, {"contracts": {"src/Vault.sol": {name: compiled}}}


def _entry(dice: Stream) -> dict[str, Any]:
    sound = dice.chance(9, 10)
    entry: dict[str, Any] = {
        "type": dice.choice((*("function",) * 8, "constructor", "event")),
        "name": dice.choice(FUNCTIONS),
        "inputs": [_parameter(dice, sound=sound) for _ in range(dice.below(4))],
        "outputs": [_parameter(dice, sound=sound) for _ in range(dice.choice((0, 1, 1, 2)))],
        "stateMutability": dice.choice(("view", "pure", "payable", "nonpayable", "nonpayable")),
    }
    if dice.chance(1, 20):
        del entry[dice.choice(tuple(entry))]
    return entry


def _parameter(dice: Stream, *, sound: bool) -> dict[str, Any]:
    if dice.chance(1, 12):
        return {"name": dice.choice(PARAMETERS), **nested_tuple(dice.between(1, 20))}
    kind = dice.choice(TYPES[: TYPES.index("uint8[0]")] if sound else TYPES)
    parameter: dict[str, Any] = {"name": dice.choice(PARAMETERS), "type": kind}
    if kind.startswith("tuple"):
        parameter["components"] = [_parameter(dice, sound=sound) for _ in range(dice.below(4))]
    if dice.chance(1, 8):
        parameter = {"name": "s", "type": dice.choice(("tuple", "tuple[]", "tuple[3]")),
                     "components": [parameter, {"name": "n", "type": "uint96"}]}  # fmt: skip
    if dice.chance(1, 20):
        del parameter["name"]
    return parameter
