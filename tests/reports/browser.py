"""A page opened in the Chromium of this machine, and what it did."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(slots=True)
class Opened:
    """An open page."""

    page: Any
    said: list[str] = field(default_factory=list)
    """Messages of its console, and errors."""
    asked: list[str] = field(default_factory=list)
    """Addresses that it asked for beside its own file."""


@cache
def browser() -> Any:  # noqa: ANN401 (playwright has no types without its package)
    """The browser, started once in a process; skips the test, with the reason, without one."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install -e '.[dev]'"
    )
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("there is no chromium on this machine: apt-get install chromium")
    playwright = sync_api.sync_playwright().start()
    # Chromium has no sandbox of its own in a container; it is given nothing but our own pages
    arguments = ["--no-sandbox", "--disable-gpu"]
    return playwright.chromium.launch(executable_path=found, args=arguments)


@contextmanager
def opened(
    file: Path, *, width: int = 1280, scheme: str = "light", script: bool = True
) -> Iterator[Opened]:
    """Opens a file from disk, without a network."""
    context = browser().new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        java_script_enabled=script,
        offline=True,
    )
    try:
        shown = Opened(context.new_page())
        shown.page.on("console", lambda message: shown.said.append(message.text))
        shown.page.on("pageerror", lambda error: shown.said.append(str(error)))
        shown.page.on("dialog", lambda dialog: shown.said.append(f"dialog {dialog.message}"))
        shown.page.on("request", lambda request: _note(shown, request.url, file))
        shown.page.goto(file.as_uri())
        if script:
            shown.page.wait_for_selector("html.has-script", state="attached")
        yield shown
    finally:
        context.close()


def _note(shown: Opened, address: str, file: Path) -> None:
    if address != file.as_uri():
        shown.asked.append(address)
