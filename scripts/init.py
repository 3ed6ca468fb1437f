"""`weiproof init`: writes a scenario to start from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click

from . import errors

FILES = {
    "scenario.toml": "template.toml",
    "deploy.toml": "deploy.toml",
    "README.md": "template_readme.md",
}
"""What is written, and the shipped file that it is a copy of."""


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def command(folder: Path) -> int:
    """Write a small scenario to start from into DIR, which is made where it is missing.

    Nothing is overwritten.
    """
    if folder.exists() and not folder.is_dir():
        raise errors.BadUsage(f"{folder} is not a folder")
    for name in FILES:
        if (folder / name).exists():
            message = f"{folder / name} exists, and nothing is overwritten: name another folder"
            raise errors.BadUsage(message)
    folder.mkdir(parents=True, exist_ok=True)
    shipped = resources.files("weiproof.scenarios")
    for name, source in FILES.items():
        with (folder / name).open("xb") as file:
            file.write((shipped / source).read_bytes())
        click.echo(f"wrote {folder / name}")
    click.echo(_next_commands(folder))
    return errors.PASS


def _next_commands(folder: Path) -> str:
    import shlex

    scenario, deployment = (shlex.quote(str(folder / name)) for name in list(FILES)[:2])
    return (
        "\nnext:\n"
        f"  weiproof run {scenario}       compare engine and contracts, call by call\n"
        f"  weiproof deploy {deployment}      rehearse the deployment"
    )
