"""The tables of a scenario file against the schema: every problem told with its key."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .toml_exact import Problem, ScenarioError, did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pydantic_core import ErrorDetails

    from . import schema

_MAX_PROBLEMS = 20


@dataclass
class Problems:
    """What is wrong with a file, collected until :meth:`stop`."""

    found: list[Problem] = field(default_factory=list)

    def add(self, key: str, expected: str, hint: str) -> None:
        """Note that the value of a key is not what was expected, and how to mend it."""
        self.found.append(Problem(key, f"expected {expected}", hint))

    def refer(self, key: str, name: str, known: Collection[str], kind: str) -> None:
        """Note that a key names no table of the kind, unless `name` is `known`."""
        if name not in known:
            hint = did_you_mean(name, sorted(known), f"Add a {kind} of this name.")
            self.add(key, f"the name of a {kind}, there is no {name}", hint)

    def stop(self, name: str) -> None:
        """Raise `ScenarioError` for the file `name` if anything was noted."""
        if self.found:
            raise ScenarioError.of(name, tuple(self.found[:_MAX_PROBLEMS]))


def validate(tables: dict[str, Any], name: str) -> schema.ScenarioFile:
    """Validate the tables of the file `name`; `ScenarioError` with all that is wrong."""
    from pydantic import ValidationError

    from .schema import ScenarioFile

    try:
        return ScenarioFile.model_validate(tables)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=True)
        # A misspelt key is a missing one too: the misspelling comes first, it has the better hint.
        details.sort(key=lambda detail: detail["type"] == "missing")
        problems = tuple(_problem(detail, ScenarioFile) for detail in details[:_MAX_PROBLEMS])
        raise ScenarioError.of(name, problems) from None


def _key(place: Iterable[int | str]) -> str:
    key = ""
    for part in place:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            key += f".{shorten(part)}" if key else shorten(part)
    return key


_SHAPES = {
    "missing": ("a value, the key is missing", "Add it."),
    "string_type": ("a text in quotes", "Put it in quotes."),
    "list_type": ("an array", "Write [ ... ]; a table that repeats is written [[name]]."),
    "dict_type": ("a table", "Write { ... } or a [name] section."),
    "model_type": ("a table", "Write { ... } or a [name] section."),
    "model_attributes_type": ("a table", "Write { ... } or a [name] section."),
    "string_pattern_mismatch": (
        "a name of letters, digits, dot, dash and underscore, at most 64",
        "Choose another name.",
    ),
}


def _problem(detail: ErrorDetails, root: type) -> Problem:
    key, kind, context = _key(detail["loc"]), detail["type"], detail.get("ctx", {})
    if kind == "weiproof":
        return Problem(key, f"expected {context['expected']}", context["hint"])
    if kind == "extra_forbidden":
        near = _similar(detail["loc"], root)
        hint = f"Did you mean {near}?" if near else "Take it out, or check its name."
        return Problem(key, "expected no such key, it is unknown", hint)
    if kind == "literal_error":
        return Problem(key, f"expected {context['expected']}", "Choose one of these.")
    if kind in {"too_short", "too_long"}:
        bound = "at least" if kind == "too_short" else "at most"
        number = context.get("min_length", context.get("max_length"))
        return Problem(key, f"expected {bound} {number} entries", "Check the list.")
    expected, hint = _SHAPES.get(kind, (detail["msg"], "See the JSON Schema of scenarios."))
    return Problem(key, f"expected {expected}", hint)


def _similar(place: Sequence[int | str], root: type) -> str:
    from pydantic import BaseModel

    model: Any = root
    for part in place[:-1]:
        if isinstance(part, str):
            fields = {f.alias or n: f for n, f in model.model_fields.items()}
            model = _inner_model(fields[part].annotation, BaseModel)
            if model is None:
                return ""
    names = [f.alias or n for n, f in model.model_fields.items()]
    return "".join(difflib.get_close_matches(str(place[-1]), names, n=1))


def _inner_model(annotation: Any, base: type) -> Any:  # noqa: ANN401 - an annotation
    if isinstance(annotation, type) and issubclass(annotation, base):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _inner_model(inner, base)
        if found is not None:
            return found
    return None
