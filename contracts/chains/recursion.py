"""py-evm lifts Python's recursion limit when it is imported; here that holds for its runs only.

With the limit lifted, hostile JSON or TOML overflows the C stack of CPython 3.10 and 3.11 instead
of raising RecursionError.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EVM_RECURSION = 100_000
"""What py-evm sets: enough for the EVM's 1,024 nested calls."""


@contextmanager
def same_recursion_limit(during: int | None = None) -> Iterator[None]:
    """Keep the recursion limit, whatever the body does; `during` sets another inside."""
    limit = sys.getrecursionlimit()
    if during is not None:
        sys.setrecursionlimit(max(during, limit))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
