"""Random bytecodes that get somewhere: operands that fit, calls, creations, precompiles, logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weiproof.engine.draws import Stream

_ARITHMETIC = (*range(0x01, 0x0C), *range(0x10, 0x19), *range(0x1A, 0x1E), 0x20)
_CONTEXT = (*range(0x30, 0x35), 0x36, 0x38, 0x3A, 0x3D, *range(0x41, 0x49), 0x4A, 0x58, 0x59, 0x5A)
_OF_ONE = (0x15, 0x19, 0x31, 0x35, 0x3B, 0x3F, 0x40, 0x49, 0x50, 0x51, 0x54, 0x5C)
_STORES = (0x52, 0x53, 0x55, 0x5D)
_COPIES = (0x37, 0x39, 0x3E, 0x5E)
_CALLS = (0xF1, 0xF2, 0xF4, 0xFA)
_PRECOMPILES = 10
_SHUFFLES = tuple(range(0x80, 0xA0))


def random_code(dice: Stream) -> bytes:
    """Bytes of a program."""
    stack = b"".join(_push(dice) for _ in range(16)) if dice.chance(3, 4) else b""
    return stack + b"".join(_piece(dice) for _ in range(dice.between(1, 40)))


def deploying(code: bytes) -> bytes:
    """Creation code that deploys a program as it is."""
    return bytes.fromhex(f"61{len(code):04x}80600a3d393df3") + code


def _push(dice: Stream) -> bytes:
    """An operand: small ones most of the time."""
    small = bytes((0x60, dice.below(64)))
    any_word = b"\x7f" + dice.bits(256).to_bytes(32, "big")
    medium = b"\x61" + dice.below(65_536).to_bytes(2, "big")
    return dice.choice(
        (small, small, small, small, any_word, medium, b"\x7f" + b"\xff" * 32,
         b"\x63\xff\xff\xff\xff", bytes((dice.choice(_CONTEXT),)))
    )  # fmt: skip


def _pushes(dice: Stream, count: int) -> bytes:
    return b"".join(_push(dice) for _ in range(count))


def _piece(dice: Stream) -> bytes:
    """An opcode with its operands, or one without them."""
    makers = (_call, _create, _log, _plain, _plain, _plain, _jump, _end, _noise)
    return dice.choice(makers)(dice)


def _call(dice: Stream) -> bytes:
    opcode = dice.choice(_CALLS)
    precompile = bytes((0x60, dice.between(1, _PRECOMPILES)))
    to = dice.choice((precompile, precompile, b"\x30", b"\x33", _push(dice)))
    value = _push(dice) if opcode in (0xF1, 0xF2) else b""
    return _pushes(dice, 4) + value + to + dice.choice((b"\x5a", _push(dice))) + bytes((opcode,))


def _create(dice: Stream) -> bytes:
    salted = dice.chance(1, 2)
    return _pushes(dice, 4 if salted else 3) + (b"\xf5" if salted else b"\xf0")


def _log(dice: Stream) -> bytes:
    topics = dice.below(5)
    return _pushes(dice, topics + 2) + bytes((0xA0 + topics,))


def _plain(dice: Stream) -> bytes:
    operands, opcodes = dice.choice(
        ((2, _ARITHMETIC), (3, (0x08, 0x09)), (1, _OF_ONE), (2, _STORES), (3, _COPIES),
         (0, _CONTEXT), (0, _SHUFFLES))
    )  # fmt: skip
    return _pushes(dice, operands) + bytes((dice.choice(opcodes),))


def _jump(dice: Stream) -> bytes:
    if dice.chance(3, 4):
        return b"\x5b"
    return _push(dice) + bytes((0x60, dice.below(60))) + dice.choice((b"\x56", b"\x57"))


def _end(dice: Stream) -> bytes:
    if dice.chance(5, 6):
        return b"\x5b"
    return _pushes(dice, 2) + dice.choice((b"\xf3", b"\xfd", b"\xff"))


def _noise(dice: Stream) -> bytes:
    return bytes((dice.below(256),))
