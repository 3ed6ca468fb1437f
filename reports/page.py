"""A page: one HTML file with its style, script and data inside, and a policy against all else.

Whatever comes from scenarios, contracts and calls is text: Jinja escapes it in the page, the data
block escapes what could end it, and the page's script never makes markup of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from .units import UNITS, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .tables import Table

_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


@cache
def _asset(*place: str) -> str:
    """Text of a file of this room."""
    return resources.files("weiproof.reports").joinpath(*place).read_text("utf-8")


def _template(name: str) -> str | None:
    try:
        return _asset("templates", name)
    except FileNotFoundError:
        return None


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["count"] = lambda number: f"{number:,}"
    return environment


def hash_of(text: str) -> str:
    """A source of a Content-Security-Policy: the hash of the text of a style or a script."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy() -> str:
    """What a page allows: its own script and style by their hashes, and nothing else."""
    styles = f"{hash_of(_style())} {hash_of(_asset('assets', 'plot.css'))}"
    return (
        f"default-src 'none'; script-src {hash_of(_script())}; style-src {styles};"
        " img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _style() -> str:
    return _asset("assets", "report.css")


def _script() -> str:
    return _asset("assets", "report.js")


def data_block(tables: Iterable[Table], facts: Mapping[str, Any]) -> Markup:
    """The data as JSON that no text in it can end: `<`, `>` and `&` are written as escapes."""
    document = {
        "units": {name: _unit(unit) for name, unit in UNITS.items()},
        "tables": {table.key: _table(table) for table in tables},
        **facts,
    }
    text = json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=True)
    return Markup(text.translate(_ESCAPES))  # noqa: S704 - escaped for a script block above


def _table(table: Table) -> dict[str, Any]:
    own = {name: _unit(unit) for name, unit in table.units.items()}
    return {**table.data(), **({"units": own} if own else {})}


def _unit(unit: Unit) -> dict[str, Any]:
    return asdict(unit)


def render(template: str, tables: Iterable[Table], context: Mapping[str, Any]) -> bytes:
    """The page of a template; the same bytes for the same content."""
    shown = {table.key: table for table in tables}
    text = (
        _environment()
        .get_template(template)
        .render(
            policy=policy(),
            style=Markup(_style()),  # noqa: S704 - files of this room
            script=Markup(_script()),  # noqa: S704
            data=data_block(shown.values(), context.get("facts", {})),
            tables=shown,
            **{key: value for key, value in context.items() if key != "facts"},
        )
    )
    return text.encode("utf-8", "backslashreplace")
