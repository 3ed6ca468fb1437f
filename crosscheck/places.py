"""Where a rule stands: file and line of its Python and of its Solidity text."""

from __future__ import annotations

import inspect
import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.contracts.artifact import Artifact
    from weiproof.contracts.deployment import Plan
    from weiproof.engine.call import Call
    from weiproof.engine.model import Model


def python_place(method: Callable[..., Any] | None) -> str:
    """``file:line`` of a function or method; empty where that cannot be told."""
    if method is None:
        return ""
    try:
        file = inspect.getsourcefile(method) or ""
        return f"{_short(file)}:{inspect.getsourcelines(method)[1]}"
    except (OSError, TypeError):
        return ""


def solidity_place(folder: Path | None, artifact: Artifact, function: str) -> str:
    """``file:line`` of a function in the sources of a contract; empty where it is not found.

    Looks into the contract's own file first, then into the others of the folder, for a function it
    inherits.
    """
    if folder is None or not folder.is_dir():
        return ""
    name = re.escape(function.partition("(")[0])
    pattern = re.compile(rf"^\s*(function\s+{name}\s*\(|[\w\[\]() =>]+\bpublic\b[^;]*\b{name}\b)")
    files = sorted(
        folder.rglob("*.sol"), key=lambda file: (file.name != artifact.source, str(file))
    )
    for file in files:
        for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), start=1):
            if pattern.search(line):
                return f"{file.relative_to(folder.parent).as_posix()}:{number}"
    return ""


def shipped_places(plan: Plan, model: Model, call: Call) -> tuple[str, str]:
    """The twin's method and the function in the shipped sources, of a call's target."""
    artifact = next(step.artifact for step in plan.steps if step.label == call.target)
    method = getattr(model.world.contracts[call.target], call.function, None)
    folder = Path(str(resources.files("weiproof.contracts"))).joinpath("src")
    return python_place(method), solidity_place(folder, artifact, call.function)


def _short(file: str) -> str:
    """The last two parts of a path."""
    return "/".join(file.replace("\\", "/").split("/")[-2:])
