"""Files that are written once, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_new(path: Path, content: str | bytes) -> None:
    """Writes a file that is not there yet; where that fails, none is left that is not whole.

    Text is written as UTF-8. Raises FileExistsError, or what else the file system says, with the
    path.
    """
    left = memoryview(content.encode() if isinstance(content, str) else content)
    with path.open("xb", buffering=0) as file:
        try:
            while left:
                left = left[file.write(left) :]
        except BaseException as error:
            path.unlink()
            if isinstance(error, OSError):
                error.filename = str(path)
            raise
