"""Tables of names and figures, for the terminal and in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table


def grid(head: Sequence[str], rows: Iterable[Iterable[str]]) -> Table:
    """A table for the terminal: names on the left, figures on the right; markup works."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for place, title in enumerate(head):
        table.add_column(title, justify="right" if place else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def markdown(*lines: Sequence[str]) -> str:
    """A Markdown table of lines: the head, the rule below it, and the rows."""
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
