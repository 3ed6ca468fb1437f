"""Keccak-256, the hash of the chain: for the few rules whose outcome shows one.

The permutation of FIPS 202, with the padding that Ethereum took over before it was changed.
"""

from __future__ import annotations

_ROUNDS = 24
_RATE = 136
"""Bytes that a block takes in."""

_WORD = 2**64 - 1


def keccak256(data: bytes) -> bytes:
    """The hash of some bytes."""
    padded = bytearray(data) + b"\1" + bytes(-(len(data) + 1) % _RATE)
    padded[-1] |= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), _RATE):
        for i in range(_RATE // 8):
            at = start + 8 * i
            lanes[i] ^= int.from_bytes(padded[at : at + 8], "little")
        lanes = _permuted(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


def _permuted(lanes: list[int]) -> list[int]:
    """The lanes, of which x + 5y is the one in column x and row y, after all rounds."""
    for constant in _CONSTANTS:
        columns = [
            lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]
            for x in range(5)
        ]
        spread = [columns[x - 1] ^ _rotated(columns[(x + 1) % 5], 1) for x in range(5)]
        moved = [0] * 25
        for i, (target, turn) in enumerate(_MOVES):
            moved[target] = _rotated(lanes[i] ^ spread[i % 5], turn)
        lanes = [
            moved[i] ^ (~moved[i - i % 5 + (i + 1) % 5] & moved[i - i % 5 + (i + 2) % 5])
            for i in range(25)
        ]
        lanes[0] ^= constant
    return lanes


def _rotated(word: int, turn: int) -> int:
    return (word << turn | word >> 64 - turn) & _WORD


def _moves() -> list[tuple[int, int]]:
    """Where each lane goes in a round, and by how many bits it turns."""
    moves = [(0, 0)] * 25
    x, y = 1, 0
    for step in range(24):
        moves[x + 5 * y] = (y + 5 * ((2 * x + 3 * y) % 5), (step + 1) * (step + 2) // 2 % 64)
        x, y = y, (2 * x + 3 * y) % 5
    return moves


def _constants() -> list[int]:
    """One a round, from a shift register of eight bits."""
    constants = []
    register = 1
    for _ in range(_ROUNDS):
        constant = 0
        for j in range(7):
            constant |= (register & 1) << 2**j - 1
            register = register << 1 ^ (register >> 7) * 0x171
        constants.append(constant)
    return constants


_MOVES = _moves()
_CONSTANTS = _constants()
