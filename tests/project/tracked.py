"""The files that git tracks, for tests that read the whole repository."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def tracked_files(root: Path) -> list[Path]:
    """Every tracked file that exists, links left out; skips the test outside a git checkout."""
    if shutil.which("git") is None or not (root / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files belong to the project")
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    files = (root / name for name in listing.split("\0") if name)
    return [file for file in files if file.is_file() and not file.is_symlink()]
