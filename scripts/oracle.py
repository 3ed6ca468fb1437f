"""`weiproof oracle`: what recorded prices show, and what a node network would make of them."""

from __future__ import annotations

import click

from . import oracle_inspect, oracle_simulate


@click.group("oracle")
def command() -> None:
    """Look at recorded prices, and publish them through a simulated network of nodes."""


command.add_command(oracle_inspect.command)
command.add_command(oracle_simulate.command)
