"""Ten planted faults, one line each in a contract, and the difference that each is found by.

`tests/faults/<name>.patch` is the fault, `tests/faults/artifacts/<name>` what it compiles to.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from weiproof.crosscheck.divergence import Divergence
from weiproof.crosscheck.fuzz import campaign as fuzz
from weiproof.crosscheck.fuzz.campaign import OverlaidStore

FAULTS = Path(__file__).resolve().parent.parent / "faults"

STEPS = 2000
"""Several times what the seeds below need."""

EXPECTED = {
    "feed_observation": (0, {("revert", "transmit", "outcome")}),
    "funding_sign": (9, {("event", "FundingBooked", "funding")}),
    "insurance_side": (
        0,
        {
            ("state", "lens.records", "longLossIndex"),
            ("state", "lens.records", "shortLossIndex"),
            ("event", "FundingBooked", "loss"),
        },
    ),
    "liquidation_fee_rounding": (
        11,
        {("event", "InsuranceFundCredited", "amount"), ("event", "Liquidated", "fee")},
    ),
    "margin_threshold": (
        7,
        {
            ("return", "isLiquidatable", "value"),
            ("state", "house.isLiquidatable", "value"),
            ("revert", "liquidate", "outcome"),
        },
    ),
    "oracle_hub_staleness": (
        8,
        {("revert", "price", "outcome"), ("return", "reasonsOf", "reasons")},
    ),
    "positions_loss_rounding": (4, {("event", "ProfitSettled", "amount")}),
    "settlement_vault_bound": (10, {("revert", "deposit", "outcome")}),
    "trading_ratio": (6, {("revert", "settleTrade", "outcome")}),
    "views_liquidation_price": (6, {("state", "house.liquidationPrice", "price")}),
}
"""Name to a seed that finds it early, and kind, subject and field that it may be found by."""

REVERTS = ("accepted", "refused", "revert")
"""One side reverts, or both do for different reasons."""

ROUNDINGS = {
    "liquidation_fee_rounding": -1,
    "positions_loss_rounding": 1,
    "views_liquidation_price": 1,
}
"""Faults that are off by one wei, and in which direction."""


def test_faults_are_patches_with_artifacts() -> None:
    """Each expected fault has its diff and its artifacts, and there are no others."""
    patches = {file.stem for file in FAULTS.glob("*.patch")}
    artifacts = {folder.name for folder in (FAULTS / "artifacts").iterdir()}
    assert patches == artifacts == set(EXPECTED)
    assert len(patches) >= 10


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_fault_changes_one_line(name: str) -> None:
    """The diff takes one line away and puts one there, in the file that it is named after."""
    lines = (FAULTS / f"{name}.patch").read_text("utf-8").splitlines()
    removed = [line for line in lines if line.startswith("-") and not line.startswith("---")]
    added = [line for line in lines if line.startswith("+") and not line.startswith("+++")]
    assert len(removed) == len(added) == 1
    (target,) = [line for line in lines if line.startswith("+++ ")]
    contract = target.rpartition("/")[2].removesuffix(".sol")
    assert name.replace("_", "").startswith(contract.lower())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_fault_is_found_and_told(name: str, quickest: str) -> None:
    """The fuzz ends in a difference that names call, account, field, both values and the gap."""
    seed, places = EXPECTED[name]
    campaign = fuzz.run(seed, STEPS, quickest, store=OverlaidStore(FAULTS / "artifacts" / name))
    found = campaign.finding
    assert not campaign.passed
    assert isinstance(found, Divergence), f"not found in {STEPS} calls"
    assert any(
        kind == ("revert" if found.kind in REVERTS else found.kind)
        and found.subject.endswith(subject)
        and field in found.field
        for kind, subject, field in places
    ), found.describe(campaign.names)
    assert found.model != found.chain
    if name in ROUNDINGS:
        assert found.gap == ROUNDINGS[name]
    report = found.as_json(campaign.names)
    assert report["call"]["function"] in found.describe(campaign.names)
    if found.subject != "lens.records":
        assert report["account"]


def test_shipped_contracts_fill_the_gaps() -> None:
    """A folder of faulty artifacts is completed by the shipped ones."""
    store = OverlaidStore(FAULTS / "artifacts" / "views_liquidation_price")
    shipped = OverlaidStore(FAULTS / "artifacts" / "feed_observation")
    assert store.names() == shipped.names()
    assert store.load("Views") != shipped.load("Views")
    assert store.load("Feed") != shipped.load("Feed")
    assert store.load("OracleHub") == shipped.load("OracleHub")
