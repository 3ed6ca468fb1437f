"""`weiproof oracle`: recorded prices, simulated networks of nodes, and policies."""

from __future__ import annotations

import click

from . import oracle_inspect, oracle_policies, oracle_simulate


@click.group("oracle")
def command() -> None:
    """Look at recorded prices, publish them through simulated nodes, and judge them by policies."""


command.add_command(oracle_inspect.command)
command.add_command(oracle_simulate.command)
command.add_command(oracle_policies.command)
