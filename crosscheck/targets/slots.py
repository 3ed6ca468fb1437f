"""Storage slots compared with the twin's attributes of the same names, where a layout is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weiproof.crosscheck.divergence import Divergence

from .state import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weiproof.crosscheck.systems import ChainSystem
    from weiproof.engine.call import Call

    from .model import TwinModel
    from .state import Path


def slot_differences(
    layouts: Mapping[str, Any],
    model: TwinModel,
    chain: ChainSystem,
    keys: Sequence[Path],
    cause: Call,
    step: int,
) -> Iterator[Divergence]:
    """Differences between written attributes and their storage.

    A twin's ``total`` stands for the variable ``total`` or ``_total``. What has no variable, or is
    no single value (a whole mapping, array or struct), is left to the views.
    """
    for path in keys:
        label, name, *rest = path
        layout = layouts.get(label)
        if layout is None:
            continue
        variable = next((v for v in (name, f"_{name}") if v in layout), None)
        if variable is None:
            continue
        expected = plain(model.at(path))
        if not isinstance(expected, (int, str, bytes)):
            continue
        address = chain.book[label]
        found = layout.read(lambda slot, a=address: chain.chain.storage(a, slot), variable, *rest)
        if found != expected:
            place = "".join(f"[{key}]" for key in rest)
            subject = f"{label}.{variable}"
            yield Divergence(
                step, cause, "storage", subject, cause.sender, f"{variable}{place}", expected, found
            )
