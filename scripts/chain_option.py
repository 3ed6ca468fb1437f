"""The option that names an EVM: one in process, an anvil, or a node that is already running."""

from __future__ import annotations

from typing import Any

import click

from weiproof.contracts.chains import CHAIN_FORMS, shown_name


class ChainType(click.ParamType[str]):
    """A name that `open_chain` takes; whether the node is there shows when it is opened."""

    name = CHAIN_FORMS.replace(", ", "|")

    def convert(self, value: Any, param: Any, ctx: Any) -> str:  # noqa: ANN401 - click's signature
        """Reads the option; what is wrong is told without repeating a URL's secrets."""
        chain = str(value)
        try:
            shown_name(chain)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return chain
