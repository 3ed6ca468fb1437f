"""`weiproof init`: writes a scenario, or a target, to start from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

FILES = {
    "scenario.toml": "template.toml",
    "deploy.toml": "deploy.toml",
    "README.md": "template_readme.md",
}
"""What is written, and the shipped file that it is a copy of."""


TARGET = "target.py"
"""Name of a target's file."""


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--target", metavar="CONTRACT", help="Write a target for this contract instead.")
@click.option(
    "--artifacts",
    type=click.Path(path_type=Path),
    default=None,
    help="For --target: compiled contracts; DIR/out or DIR/artifacts where not given.",
)
def command(folder: Path, target: str | None, artifacts: Path | None) -> int:
    """Write a small scenario to start from into DIR, which is made where it is missing.

    With --target, write DIR/target.py instead: a model of CONTRACT with a method for each function
    of its ABI, to be filled in, and what `weiproof fuzz --target` needs besides. Nothing is
    overwritten.
    """
    from weiproof.crosscheck.new_files import write_new

    if folder.exists() and not folder.is_dir():
        raise errors.BadUsage(f"{folder} is not a folder")
    if target is not None:
        return _write_target(folder, target, artifacts)
    _refuse_existing(folder, FILES)
    folder.mkdir(parents=True, exist_ok=True)
    shipped = resources.files("weiproof.scenarios")
    for name, source in FILES.items():
        write_new(folder / name, (shipped / source).read_bytes())
        click.echo(f"wrote {folder / name}")
    click.echo(_next_commands(folder))
    return errors.PASS


def _refuse_existing(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        if (folder / name).exists():
            message = f"{folder / name} exists, and nothing is overwritten: name another folder"
            raise errors.BadUsage(message)


def _write_target(folder: Path, contract: str, artifacts: Path | None) -> int:
    import os

    from weiproof.contracts.artifact_store import ArtifactStore
    from weiproof.contracts.codec import CodecError
    from weiproof.crosscheck.new_files import write_new
    from weiproof.crosscheck.targets.scaffold import scaffold

    _refuse_existing(folder, [TARGET])
    candidates = [folder / "out", folder / "artifacts"] if artifacts is None else [artifacts]
    found = next((each for each in candidates if each.exists()), None)
    if found is None:
        places = " or ".join(map(str, candidates))
        raise errors.BadUsage(f"no compiled contracts at {places}: build them, or use --artifacts")
    artifact = ArtifactStore(found).load(contract)
    folder.mkdir(parents=True, exist_ok=True)
    sources = next((name for name in ("src", "contracts") if (folder / name).is_dir()), "")
    try:
        text = scaffold(
            artifact, file=TARGET, artifacts=os.path.relpath(found, folder), sources=sources
        )
    except CodecError as error:
        raise errors.BadUsage(f"{found}: the ABI of {contract} cannot be used: {error}") from error
    path = folder / TARGET
    write_new(path, text)
    click.echo(f"wrote {path}")
    click.echo(f"\nnext:\n  fill in the methods, then\n  weiproof fuzz --target {path}")
    return errors.PASS


def _next_commands(folder: Path) -> str:
    import shlex

    scenario, deployment = (shlex.quote(str(folder / name)) for name in list(FILES)[:2])
    return (
        "\nnext:\n"
        f"  weiproof run {scenario}       compare engine and contracts, call by call\n"
        f"  weiproof deploy {deployment}      rehearse the deployment"
    )
