"""Nothing that reaches a hash may depend on the machine, the process or a rounding of floats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.project.determinism import check_file, check_source

if TYPE_CHECKING:
    from pathlib import Path

PURE_ROOMS = ("engine", "oracles")
HASHED_ROOMS = ("crosscheck", "reports", "simulation")
NOT_HASHED: dict[str, str] = {
    "crosscheck/stopwatch.py": "what it measures is told to people, and never compared or hashed"
}
"""Files of the hashed rooms that may read the clock, each with the reason."""

CAUGHT = {
    "true division": "def f(a, b):\n    return a / b",
    "true division in place": "def f(a, b):\n    a /= b\n    return a",
    "division of a text in a pure room": "def f(a):\n    return a / 'x'",
    "float literal": "x = 1.5",
    "exponent literal": "x = 1e18",
    "complex literal": "x = 1j",
    "float()": "def f(a):\n    return float(a)",
    "float passed on": "def f(g):\n    return g(parse=float)",
    "float in an annotation": "def f(a: float) -> int: ...",
    "round()": "def f(a):\n    return round(a)",
    "hash()": "def f(a):\n    return hash(a)",
    "id()": "def f(a):\n    return id(a)",
    "id as a key": "def f(a):\n    return sorted(a, key=id)",
    "negative power": "def f(a):\n    return a ** -1",
    "random": "import random",
    "from random": "from random import choice",
    "time": "import time",
    "from time": "from time import monotonic",
    "time under another name": "import time as t",
    "datetime.now": "import datetime\nx = datetime.datetime.now()",
    "date.today": "from datetime import date\nx = date.today()",
    "local time zone": "from datetime import datetime\nx = datetime.fromtimestamp(1)",
    "urandom": "def f(g):\n    return g.urandom(8)",
    "decimal": "from decimal import Decimal",
    "inexact math": "import math\nx = math.sqrt(2)",
    "inexact math by name": "from math import log",
    "environment": "def f(os):\n    return os.environ['X']",
    "input and output": "def f():\n    return open('x')",
    "pathlib": "from pathlib import Path",
    "unsorted listing": "def f(path):\n    return [p for p in path.iterdir()]",
    "for over a set display": "for x in {1, 2}: pass",
    "for over set()": "for x in set('ab'): pass",
    "for over frozenset()": "for x in frozenset('ab'): pass",
    "for over a set comprehension": "for x in {y for y in 'ab'}: pass",
    "comprehension over a set": "x = [y for y in {1, 2}]",
    "dict comprehension over a set": "x = {y: 1 for y in {1, 2}}",
    "list of a set": "x = list({1, 2})",
    "tuple of a set": "x = tuple({1, 2})",
    "next of a set": "x = next(iter({1, 2}))",
    "unpacked set": "x = [*{1, 2}]",
    "set passed by star": "def f(g):\n    return g(*{1, 2})",
    "tuple assignment from a set": "a, b = {1, 2}",
    "joined set": "x = ','.join({'a', 'b'})",
    "list extended by a set": "def f(x):\n    x.extend({1, 2})",
    "dict from a set": "x = dict.fromkeys({1, 2})",
    "pop from a set": "x = {1, 2}\ny = x.pop()",
    "variable that holds a set": "x = {1}\nfor y in x: pass",
    "variable annotated as a set": "x: set[int] = make()\nfor y in x: pass",
    "parameter annotated as a set": "def f(x: set[int]):\n    return list(x)",
    "parameter under another name": "def f(x: set[int]):\n    y = x\n    return list(y)",
    "optional set": "def f(x: set[int] | None):\n    return list(x)",
    "quoted annotation": "def f(x: 'frozenset[int]'):\n    return list(x)",
    "abstract set": "def f(x: collections.abc.Set[int]):\n    return list(x)",
    "field that is a set": "class A:\n    x: set[int]\n"
    "    def f(self):\n        return list(self.x)",
    "attribute set up as a set": "class A:\n    def f(self):\n        self.x = set()\n"
    "        return [y for y in self.x]",
    "function that returns a set": "def f() -> set[int]: ...\nfor x in f(): pass",
    "method that returns a set": "class A:\n    def g(self) -> set[int]: ...\n"
    "    def f(self):\n        return list(self.g())",
    "union of sets": "def f(a, b):\n    return list(a.union(b))",
    "difference of sets": "x = {1}\nfor y in x - {2}: pass",
    "difference of keys": "def f(a, b):\n    return list(a.keys() - b.keys())",
    "copy of a set": "x = {1}\nfor y in x.copy(): pass",
    "yielded set": "def f():\n    yield from {1, 2}",
}

ALLOWED = {
    "floor division": "def f(a, b):\n    return a // b",
    "sorted set": "x = {3, 1}\nfor y in sorted(x): pass",
    "sorted comprehension": "x = {3, 1}\ny = sorted(z + 1 for z in x)",
    "membership": "x = {3, 1}\ny = 3 in x",
    "size": "x = len({1, 2})",
    "sum of a set": "x = {1}\ny = sum(z for z in x)",
    "set from a set": "x = {1}\ny = {z + 1 for z in x}",
    "dicts keep their order": "x = {'a': 1}\nfor y in x: pass\nfor z in x.items(): pass",
    "integer math": "from math import isqrt\nimport math\nx = math.gcd(4, 6)",
    "time zone given": "from datetime import datetime, timezone\n"
    "x = datetime.fromtimestamp(1, timezone.utc)",
    "sorted listing": "def f(path):\n    return sorted(path.iterdir())",
    "block time": "def f(state):\n    return state.now",
    "an id that is a field": "def f(market):\n    return market.id",
    "positive power": "x = 10 ** 18",
    "popped list": "x = [1]\ny = x.pop()",
}


@pytest.mark.parametrize("source", CAUGHT.values(), ids=CAUGHT)
def test_each_banned_thing_is_caught(source: str) -> None:
    """The lint finds exactly the kind of line it is there for."""
    assert check_source(source)


@pytest.mark.parametrize("source", ALLOWED.values(), ids=ALLOWED)
def test_what_is_exact_and_ordered_is_allowed(source: str) -> None:
    """The lint is silent about exact arithmetic and sorted sets."""
    assert check_source(source) == []


def test_a_hashed_room_may_join_paths_and_write_files() -> None:
    """Outside the pure rooms a path is joined with a slash, but numbers are not divided."""
    assert check_source("def f(p):\n    return open(p / 'x' / f'{p}')", pure=False) == []
    assert check_source("def f(p: Path, q):\n    return p / q", pure=False) == []
    assert check_source("def f(s, p: Path):\n    s.p = p\n    return s.p / X", pure=False) == []
    assert check_source("def f(p, q):\n    return p / q", pure=False)
    assert check_source("def f(p: int, q: int):\n    p = q / p", pure=False)


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_the_pure_rooms_are_deterministic(root: Path, room: str) -> None:
    """The integer rooms hold no float, no clock, no chance, no set order and no input or output."""
    files = sorted((root / room).rglob("*.py"))
    assert [str(f) for file in files for f in check_file(file, root, pure=True)] == []


@pytest.mark.parametrize("room", HASHED_ROOMS)
def test_whatever_reaches_a_hash_is_deterministic(root: Path, room: str) -> None:
    """The rooms that make journals and digests hold no float, clock, chance or set order."""
    files = [
        file
        for file in sorted((root / room).rglob("*.py"))
        if file.relative_to(root).as_posix() not in NOT_HASHED
    ]
    assert [str(f) for file in files for f in check_file(file, root, pure=False)] == []


def test_every_exception_still_exists(root: Path) -> None:
    """An exempted file that is gone is taken off the list."""
    assert [name for name in NOT_HASHED if not (root / name).is_file()] == []
