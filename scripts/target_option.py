"""The option that names a target: its Python file, or one of the examples by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "targets"
"""Where the examples lie, if the package runs from its repository."""


class TargetFile(click.ParamType[Path]):
    """``mine/target.py``; or ``oracles/pyth_mock``, ``aave_v3``, an example of that name."""

    name = "file"

    def convert(self, value: Any, param: Any, ctx: Any) -> Path:  # noqa: ANN401, ARG002 - click's
        """The file that is meant; whether it is there shows when it is loaded."""
        path = Path(value)
        if path.suffix or path.is_absolute() or path.exists():
            return path
        places = (EXAMPLES / f"{path}.py", EXAMPLES / path / "target.py")
        return next((place for place in places if place.is_file()), path)


def as_given(file: Path) -> str:
    """How a command line names a target's file: an example by its name."""
    if not file.is_relative_to(EXAMPLES):
        return str(file)
    example = file.relative_to(EXAMPLES)
    return str(example.parent if example.name == "target.py" else example.with_suffix(""))
