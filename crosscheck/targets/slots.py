"""Storage slots compared with the twin's attributes of the same names, where a layout is known."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from weiproof.contracts.storage_layout import LayoutError, Raw
from weiproof.crosscheck.divergence import Divergence

from .state import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weiproof.contracts.storage_layout import Layout
    from weiproof.crosscheck.systems import ChainSystem
    from weiproof.engine.call import Call

    from .model import TargetModel
    from .state import Path


def slot_differences(
    layouts: Mapping[str, Layout],
    model: TargetModel,
    chain: ChainSystem,
    keys: Sequence[Path],
    cause: Call,
    step: int,
) -> Iterator[Divergence]:
    """Differences between written attributes and their storage.

    A twin's ``total`` stands for the variable ``total`` or ``_total``; a struct for its fields, a
    key that is a tuple for the keys of nested mappings. What has no variable, is no single value (a
    whole mapping or array) or is kept under other keys is left to the views.
    """
    for path in keys:
        label, name, *rest = path
        layout = layouts.get(label)
        if layout is None:
            continue
        variable = next((v for v in (name, f"_{name}") if v in layout), None)
        if variable is None:
            continue
        read_word = partial(chain.chain.storage, chain.book[label])
        for place, expected in _values(tuple(_flat(rest)), plain(model.at(path))):
            try:
                found: object = layout.read(read_word, variable, *place)
            except LayoutError:
                continue
            if isinstance(found, Raw):
                found = found.like(expected)
            if found != expected:
                shown = "".join(f"[{key}]" for key in place)
                yield Divergence(
                    step, cause, "storage", f"{label}.{variable}", cause.sender,
                    f"{variable}{shown}", expected, found,
                )  # fmt: skip


def _flat(keys: Sequence[Any]) -> Iterator[Any]:
    for key in keys:
        yield from key if isinstance(key, tuple) else (key,)


def _values(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401 (any state)
    """Single values at and below a path; of structs, which are pairs of field and value."""
    if isinstance(value, (int, str, bytes)):
        yield path, value
    elif isinstance(value, tuple) and all(map(_is_field, value)):
        for name, inner in value:
            yield from _values((*path, name), inner)


def _is_field(item: object) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str)  # noqa: PLR2004 (a pair)
