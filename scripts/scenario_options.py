"""What the commands that run scenarios have in common: their options and files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from weiproof.contracts.chains import CHAIN_NAMES

from .chain_option import ChainType

if TYPE_CHECKING:
    from collections.abc import Callable

    from weiproof.simulation.run import Check

FC = TypeVar("FC", bound="Callable[..., Any]")


class CheckType(click.ParamType["Check"]):
    """``full``, ``sample:N`` or ``off``."""

    name = "full|sample:N|off"

    def convert(self, value: Any, param: Any, ctx: Any) -> Check:  # noqa: ANN401 - click's signature
        """Reads the option."""
        from weiproof.simulation.run import Check

        if value in {"full", "off"}:
            return Check(value)
        mode, _, every = str(value).partition(":")
        if mode == "sample" and re.fullmatch(r"[1-9][0-9]{0,8}", every):
            return Check("sample", int(every))
        return self.fail(f"{value!r} is none of full, sample:N (N from 1) and off", param, ctx)


_OPTIONS = (
    click.option(
        "--check",
        type=CheckType(),
        metavar=CheckType.name,
        default="full",
        show_default=True,
        help="How much is compared with the contracts.",
    ),
    click.option(
        "--chain",
        type=ChainType(),
        metavar=ChainType.name,
        default=CHAIN_NAMES[0],
        show_default=True,
        help="EVM that is used.",
    ),
    click.option(
        "--seed", type=click.IntRange(0, 2**64 - 1), help="Seed instead of the scenario's."
    ),
    click.option(
        "--data",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="Folder with the scenario's price files.",
    ),
)


def running_options(function: FC) -> FC:
    """``--check``, ``--chain``, ``--seed`` and ``--data``."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def find_scenario(scenario: str) -> Path:
    """The file, or the shipped scenario of that name."""
    from importlib import resources

    path = Path(scenario)
    if not path.exists() and path.name == scenario and not path.suffix:
        scenarios = resources.files("weiproof.scenarios")
        for folder in ("", "incidents", "margin", "cascades"):
            shipped = scenarios / folder / f"{scenario}.toml"
            if shipped.is_file():
                return Path(str(shipped))
    return path
