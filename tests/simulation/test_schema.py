"""The published JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path

from weiproof.simulation.schema import json_schema

PUBLISHED = Path(__file__).parents[2] / "docs" / "scenario.schema.json"


def test_the_published_schema_is_the_one_of_the_models() -> None:
    """The file in docs is what the models give."""
    assert PUBLISHED.read_text("utf-8") == json_schema()


def test_every_table_refuses_unknown_keys() -> None:
    """No table of the schema takes additional properties."""
    schema = json.loads(json_schema())
    tables = [schema, *schema["$defs"].values()]
    assert all(table["additionalProperties"] is False for table in tables)
