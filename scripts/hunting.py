"""What the commands that hunt share: console, line of progress, where a case's target is."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rich.console import Console
    from rich.progress import Progress, TaskID

    from weiproof.crosscheck.cases import Case

SHOWN_EVERY = 100
"""Calls between two updates of the progress line."""


def console(*, quiet: bool) -> Console:
    """The console of standard output."""
    from rich.console import Console

    return Console(highlight=False, quiet=quiet)


class Follow:
    """One line of progress on a terminal."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._shrinking: TaskID | None = None

    def comparing(self, steps: int | None) -> Callable[[int], None]:
        """Watches a campaign."""
        task = self._bar.add_task("comparing calls", total=steps)

        def watch(done: int) -> None:
            if done % SHOWN_EVERY == 0:
                self._bar.update(task, completed=done)

        return watch

    def shrinking(self, trials: int, left: int) -> None:
        """Watches a shrinker."""
        if self._shrinking is None:
            self._shrinking = self._bar.add_task("shrinking", total=None)
        if trials % 10 == 0:
            self._bar.update(
                self._shrinking, description=f"shrinking: {left} calls left, {trials:,} trials"
            )


@contextmanager
def progress(*, quiet: bool) -> Iterator[Follow]:
    """A line of progress, on a terminal only."""
    from rich.console import Console
    from rich.progress import Progress

    errors = Console(stderr=True)
    disabled = quiet or not errors.is_terminal
    with Progress(console=errors, transient=True, disable=disabled) as bar:
        yield Follow(bar)


def target_file(case: Case, path: Path, given: Path | None) -> Path | None:
    """The target's file of a case: the one given, or that of its name beside or above the case.

    None for the margin protocol. Raises BadUsage where there is no such file.
    """
    from .errors import BadUsage

    if given is not None:
        return given
    if not case.target_file:
        return None
    from pathlib import Path as AnyPath

    places = (path.resolve().parent, path.resolve().parent.parent, AnyPath.cwd())
    for place in places:
        candidate = place / AnyPath(case.target_file).name
        if candidate.is_file():
            return candidate
    raise BadUsage(
        f"{path}: its target {case.target_file} is not beside it; say where it is: --target FILE"
    )
