"""Payloads as nodes sign them, as they may not, and as they lie broken in call data.

The keys are made from their labels: anybody can make them, they protect nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.call import bytes32
from weiproof.engine.keccak import keccak256
from weiproof.oracles.redstone.payload import MARKER, message, payload, signed
from weiproof.oracles.redstone.signatures import CURVE_ORDER, address_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weiproof.crosscheck.targets.scene import Scene

KEYS = tuple(keccak256(f"weiproof redstone signer {i}".encode()) for i in range(7))
SIGNERS = tuple(address_of(key) for key in KEYS[:5])
"""Those who are authorised; the other keys are not."""

FEEDS = tuple(bytes32(text) for text in ("ETH", "BTC", "AAVE"))
UNKNOWN = bytes32("XYZ")
SIZES = (32, 32, 32, 32, 8, 1, 20, 0)
AGES = (0, 0, 0, 1, 59, 179, 180, 181, -59, -60, -61, 5000)
"""Seconds between the data and their block."""

SIGNATURE = 65
POINT_COUNT, VALUE_SIZE = 3, 4


def feeds(scene: Scene) -> tuple[bytes, ...]:
    """Feeds that are asked for: one, a few, none, the same twice."""
    count = scene.among(1, 1, 1, 2, 3, 0)
    return tuple(feed(scene) for _ in range(count))


def feed(scene: Scene) -> bytes:
    """One feed, rarely an unknown one, rarely one whose id is a payload's end."""
    if scene.one_in(16):
        return scene.among(UNKNOWN, MARKER.rjust(32, b"\0"), bytes(32))
    return scene.among(FEEDS[0], FEEDS[0], *FEEDS)


def values(scene: Scene) -> tuple[int, ...]:
    """Values whose median is asked for."""
    return tuple(value(scene) for _ in range(scene.dice.below(7)))


def value(scene: Scene) -> int:
    """A price, or zero, or a number of any width."""
    if scene.one_in(6):
        return scene.among(0, 1, 2**152 - 1, 2**152, 2**255 - 1, 2**255, 2**255, 2**256 - 1)
    return 2_000 * 10**8 + scene.dice.below(10**8)


def milliseconds(scene: Scene) -> int:
    """A time near the block's, or at an edge of what is accepted."""
    seconds = scene.now - scene.among(*AGES[: scene.among(4, len(AGES))])
    return seconds * 1000 + scene.among(0, 0, 1, 999)


def payload_of(scene: Scene, at: int, ids: Sequence[bytes], keys: Sequence[bytes]) -> bytes:
    """What nodes append, mostly well made, sometimes broken in one place."""
    left = list(keys)
    chosen = [left.pop(scene.dice.below(len(left))) for _ in range(_packages(scene, len(keys)))]
    if chosen and scene.one_in(8):
        chosen[scene.dice.below(len(chosen))] = scene.among(*KEYS)
    packages = [_package(scene, at, ids, key) for key in chosen]
    if packages and scene.one_in(12):
        place = scene.dice.below(len(packages))
        packages[place] = _badly_signed(scene, packages[place])
    made = payload(packages, scene.among(b"", b"", b"weiproof", bytes(40)))
    return _broken(scene, made) if scene.one_in(6) else made


def sound_payload(scene: Scene, at: int, ids: Sequence[bytes], keys: Sequence[bytes]) -> bytes:
    """What nodes append when nothing is wrong: a value of every feed by every key."""
    return payload(
        signed(message([(each, value(scene)) for each in ids], at % 2**48), key) for key in keys
    )


def any_payload(scene: Scene) -> bytes:
    """A payload of all feeds, of the authorised signers."""
    return payload_of(scene, milliseconds(scene), FEEDS, KEYS[:5])


def _packages(scene: Scene, most: int) -> int:
    return scene.among(most, most, max(most - 1, 0), max(most - 2, 0), scene.dice.below(most + 1))


def _package(scene: Scene, at: int, ids: Sequence[bytes], key: bytes) -> bytes:
    if scene.one_in(40):
        at = scene.among(0, at + 1, at - 1)
    points = [(each, value(scene)) for each in ids if not scene.one_in(20)]
    if scene.one_in(10):
        points.append((feed(scene), value(scene)))
    size = scene.among(*SIZES) if scene.one_in(5) else 32
    if scene.one_in(40):
        size = scene.among(33, 64)
    return signed(message(points, max(at, 0) % 2**48, size), key)


def _badly_signed(scene: Scene, package: bytes) -> bytes:
    """The same with a signature that is of nobody, or not in the canonical form."""
    text, r, s, v = package[:-65], package[-65:-33], package[-33:-1], package[-1]
    other = (CURVE_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")
    zero, order = bytes(32), CURVE_ORDER.to_bytes(32, "big")
    r, s, v = scene.among(
        (r, other, 55 - v),
        (r, s, v - 27),
        (r, s, 55 - v),
        (r, s, 29),
        (zero, s, v),
        (r, zero, v),
        (order, s, v),
        (r, order, v),
        ((5).to_bytes(32, "big"), s, v),
        (*_of_nobody(text), 27),
        (*_of_nobody(text), 28),
    )
    return text + r + s + bytes((v,))


def _of_nobody(text: bytes) -> tuple[bytes, bytes]:
    """R and s of the key 0: the point that they recover is infinity, for one of the two v."""
    return GENERATOR_X, keccak256(text)


GENERATOR_X = bytes.fromhex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")


def _broken(scene: Scene, made: bytes) -> bytes:
    """The same with one thing wrong: cut, a size or a count changed, a bit flipped."""
    return scene.among(_cut, _changed, _changed, _flipped)(scene, made)


def _cut(scene: Scene, made: bytes) -> bytes:
    """A part of it, or hardly more than the marker."""
    place = scene.dice.below(len(made))
    short = bytes(scene.dice.below(40)) + MARKER
    return scene.among(made[place:], made[:place], b"", short, MARKER)


def _changed(scene: Scene, made: bytes) -> bytes:
    """Another size of the metadata, of a value, or another number of packages or points."""
    size = len(made)
    tail = len(MARKER) + int.from_bytes(made[-12:-9], "big") + 3
    at = tail + 2 + SIGNATURE
    before_end, number, width = scene.among(
        (len(MARKER), scene.among(size, size - 14, size - 12, 0, 1, 2**24 - 1), 3),
        (tail, scene.among(0, 0, 1, 2, 7, 2**16 - 1), 2),
        (at, scene.among(0, 1, 2, 5, 2**24 - 1), POINT_COUNT),
        (at + POINT_COUNT, scene.among(0, 31, 33, 100, 2**32 - 1), VALUE_SIZE),
    )
    return _with(made, before_end, number, width)


def _flipped(scene: Scene, made: bytes) -> bytes:
    """Any bit flipped, or one of the marker's, of which some do not count."""
    place = len(made) - 1 - scene.dice.below(scene.among(len(MARKER), len(made)))
    return made[:place] + bytes((made[place] ^ 1 << scene.dice.below(8),)) + made[place + 1 :]


def _with(made: bytes, before_end: int, number: int, size: int) -> bytes:
    """The bytes with a number written so that it ends so far before their end, if it fits."""
    at = len(made) - before_end
    if at < size:
        return made
    number = max(number, 0) % (1 << 8 * size)
    return made[: at - size] + number.to_bytes(size, "big") + made[at:]
