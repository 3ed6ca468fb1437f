"""A counterexample as a pytest test, which replays it in lockstep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains import label_of
from weiproof.crosscheck.cases import safe_name

from .solidity import comment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weiproof.crosscheck.bench import Bench, Finding
    from weiproof.engine.call import Call

_TEXT = '''\
"""A counterexample: model and contracts must agree on these calls."""

from __future__ import annotations

from pathlib import Path

from weiproof.contracts.chains import actor
from weiproof.crosscheck.driver import replay
from weiproof.crosscheck.opening import Opening
from weiproof.engine.call import Call

TARGET = {target}

{actors}

CALLS = [
{calls}
]


def test_{name}() -> None:
    """{expectation}"""
    finding = replay(Opening(TARGET).open("pyevm"), CALLS, whole=True)
    assert finding is None, finding.describe()
'''


def pytest_test(
    bench: Bench,
    fixture: Sequence[Call],
    calls: Sequence[Call],
    finding: Finding,
    target_file: Path | None,
) -> tuple[str, str]:
    """Name of the module and text of the test; it expects the target's file beside itself."""
    name = f"{safe_name(bench.target)}_{safe_name(finding.call.function)}_{finding.kind}"
    everything = [*fixture, *calls]
    people = sorted({call.sender for call in everything})
    variables = {person: f"ACTOR_{i}" for i, person in enumerate(people)}
    actors = [f"{name} = actor({label_of(person)!r})" for person, name in variables.items()]
    lines = [_line(call, variables) for call in everything]
    target = "None"
    if target_file is not None:
        target = f"Path(__file__).with_name({target_file.name!r})"
    text = _TEXT.format(
        target=target,
        actors="\n".join(actors),
        calls="\n".join(lines),
        name=name,
        expectation=_sentence(finding),
    )
    if target_file is None:
        text = text.replace("from pathlib import Path\n\n", "")
    return f"test_{name}", text


def _line(call: Call, variables: dict[str, str]) -> str:
    args = _value(call.args, variables)
    value = f", {call.value}" if call.value else ""
    sender = variables[call.sender]
    return f"    Call({call.at}, {sender}, {call.target!r}, {call.function!r}, {args}{value}),"


def _value(value: Any, variables: dict[str, str]) -> str:  # noqa: ANN401 (any ABI value)
    if isinstance(value, tuple):
        inner = ", ".join(_value(item, variables) for item in value)
        return f"({inner},)" if value else "()"
    return variables.get(value, repr(value)) if isinstance(value, str) else repr(value)


def _sentence(finding: Finding) -> str:
    text = comment(" ".join(finding.describe().split())).replace("\\", "/").replace('"', "'")
    return f"{text[:80].rstrip()}."
