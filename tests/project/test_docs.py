"""What the documents say can be done: links lead somewhere, commands exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.project.tracked import tracked_files
from weiproof.scripts.cli import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
FUNCTION = re.compile(r"`(\w+)\.(\w*[a-z]\w*)`(?:\]\(([^)\s]+)\))?")
COMMAND = re.compile(r"(?:^|[`/\s])weiproof ([a-z]+)(?=[`\s])")


def _documents(root: Path) -> list[Path]:
    return [file for file in tracked_files(root) if file.suffix == ".md"]


def _code(root: Path) -> Iterator[tuple[str, str]]:
    for file in _documents(root):
        for code in CODE.findall(file.read_text("utf-8")):
            yield str(file.relative_to(root)), code


def anchor(heading: str) -> str:
    """The anchor that a heading gets on the usual hosts."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _anchors(document: Path) -> set[str]:
    return {anchor(h) for h in re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)}


def test_each_link_leads_somewhere(root: Path) -> None:
    """Each relative link in a document names a file that exists, and a heading in it."""
    broken = []
    for document in _documents(root):
        for link in LINK.findall(CODE.sub("", document.read_text("utf-8"))):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, fragment = link.partition("#")
            target = document.parent / path if path else document
            if not target.exists() or (fragment and fragment not in _anchors(target)):
                broken.append(f"{document.relative_to(root)}: {link}")
    assert broken == []


def test_the_readme_opens_with_demo_and_test(root: Path) -> None:
    """The first two commands a reader meets are `make demo` and `make test`, in this order."""
    named = MAKE.findall((root / "README.md").read_text("utf-8"))
    assert list(dict.fromkeys(named))[:2] == ["demo", "test"]


def test_each_make_target_in_the_documents_exists(root: Path) -> None:
    """Whatever a document tells a reader to make is a target."""
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text("utf-8"), re.MULTILINE))
    unknown = [(file, name) for file, code in _code(root) for name in MAKE.findall(code)]
    assert [pair for pair in unknown if pair[1] not in targets] == []


def test_each_command_in_the_documents_exists(root: Path) -> None:
    """Whatever a document calls `weiproof <word>` in code is a subcommand."""
    named = [(file, name) for file, code in _code(root) for name in COMMAND.findall(code)]
    assert [pair for pair in named if pair[1] not in COMMANDS] == []


def _twin(root: Path, stem: str) -> Path | None:
    """The contract or library of that name, or the model's module."""
    names = [f"contracts/src/{stem}.sol"]
    if stem[0].islower():
        names = [f"engine/{stem}.py", f"oracles/{stem}.py"]
    return next((root / name for name in names if (root / name).is_file()), None)


def test_each_function_in_the_documents_exists(root: Path) -> None:
    """What a document calls `file.function` of the twins is there, where its link leads."""
    wrong = []
    for document in _documents(root):
        for stem, name, link in FUNCTION.findall(FENCE.sub("", document.read_text("utf-8"))):
            file = _twin(root, stem)
            if file is None or name in ("sol", "py"):
                continue
            there = re.search(rf"\b(?:def|class|function|struct) {name}\b", file.read_text("utf-8"))
            if not there or (link and (document.parent / link).resolve() != file.resolve()):
                wrong.append(f"{document.relative_to(root)}: {stem}.{name}")
    assert wrong == []
