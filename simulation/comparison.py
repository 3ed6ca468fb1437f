"""The variants of a scenario side by side: what each came to, and whether that was expected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from weiproof.engine.records import TOKEN_UNIT

from .run import Check, Run
from .scenario import Expected

if TYPE_CHECKING:
    from .scenario import Scenario, Variant

AS_WRITTEN = "as written"
"""Name of the one outcome of a file without variants."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one variant came to; money in wei."""

    variant: str
    description: str
    found: Expected
    expected: Expected | None
    notional: int
    """Notional that was liquidated."""
    fund: int
    """Insurance fund at the end."""
    refused: dict[str, int]
    """Errors of calls that were refused, and how many."""
    compared: int
    """Calls that model and contracts agreed on."""

    @property
    def as_expected(self) -> bool:
        """Whether it came to what the file says, where it says anything."""
        return self.expected is None or self.expected == self.found.as_asked(self.expected)


def variants_of(scenario: Scenario) -> tuple[str, ...]:
    """Names of a file's variants; one empty name where it has none."""
    return tuple(variant.name for variant in scenario.variants) or ("",)


def outcome(scenario: Scenario, *, check: Check, chain: str, expecting: bool = True) -> Outcome:
    """Runs a scenario, in a folder that is gone afterwards.

    Nothing is expected of it unless `expecting`: what a file says holds for its own seed. Raises
    what :meth:`Run.run` raises.
    """
    with TemporaryDirectory() as folder:
        run = Run(scenario, check=check, chain=chain, folder=Path(folder))
        summary = run.run().summary
    found = Expected(
        liquidated=summary["liquidations"]["accounts"],
        bad_debt=int(summary["bad_debt"]) // TOKEN_UNIT,
        shortfall=run.shortfall() // TOKEN_UNIT,
        **_by_routes(summary),
    )
    chosen = _chosen(scenario)
    return Outcome(
        variant=scenario.variant or AS_WRITTEN,
        description=scenario.description if chosen is None else chosen.description,
        found=found,
        expected=chosen.expected if chosen is not None and expecting else None,
        notional=int(summary["liquidations"]["notional"]),
        fund=int(summary["insurance_fund"]["end"]),
        refused=summary["reverts"],
        compared=run.compared,
    )


def _by_routes(summary: dict[str, Any]) -> dict[str, Any]:
    """The figures of a scenario with a waterfall."""
    if "waterfall" not in summary:
        return {}
    told, vault = summary["waterfall"], summary["vault"]
    result = vault["result"]
    return {
        "routes": tuple(route["count"] for route in told["routes"].values()),
        "socialised": int(summary["bad_debt_covered"]["socialised"]) // TOKEN_UNIT,
        "fund_lowest": int(summary["insurance_fund"]["lowest"]) // TOKEN_UNIT,
        "vault_result": None if result is None else int(result) // TOKEN_UNIT,
        "deleveraged": int(summary["deleveraging"]["notional"]) // TOKEN_UNIT,
        "gate_closings": told["gate_closings"],
    }


def _chosen(scenario: Scenario) -> Variant | None:
    named = (variant for variant in scenario.variants if variant.name == scenario.variant)
    return next(named, None)
