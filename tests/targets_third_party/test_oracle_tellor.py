"""Tellor's playground and its readers: equal to the models, and faults in these are found.

Skipped where the package is not installed: ``python examples/targets/install.py``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from pathlib import Path

import pytest

from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.opening import Opening
from weiproof.oracles.tellor import playground, playground_token, using_tellor

ROOT = Path(__file__).resolve().parent.parent.parent
TELLOR = Opening(ROOT / "examples" / "targets" / "oracles" / "tellor_playground.py")
BUILD = ROOT / "node_modules" / ".targets" / "oracles" / "tellor"

pytestmark = pytest.mark.skipif(
    not BUILD.is_dir(), reason="the build is missing: python examples/targets/install.py"
)

REFUSED = (
    "submitValue: value must be submitted",
    "submitValue: nonce must match timestamp index",
    "submitValue: id must be hash of bytes data",
    "faucet: ERC20: mint to the zero address",
    "approve: ERC20: approve to the zero address",
    "transfer: ERC20: transfer to the zero address",
    "transferFrom: ERC20: transfer from the zero address",
    "transferFrom: ERC20: transfer to the zero address",
    "transfer: Panic",
    "transferFrom: Panic",
    "depositStake: Panic",
    "addStakingRewards: Panic",
    "requestStakingWithdraw: insufficient staked balance",
    "withdrawStake: 7 days didn't pass",
    "withdrawStake: reporter not locked for withdrawal",
    "timestamps: no data",
    "voteRounds: no data",
    "getMultipleValuesBefore: Panic",
    "getDataBefore: no data",
    "latestRoundData: NoValue",
    "latestRoundData: TooOld",
    "latestRoundData: no data",
    "latestRoundData: ValueTooLarge",
)
EVENTS = (
    "Approval",
    "NewReport",
    "NewStaker",
    "StakeWithdrawRequested",
    "StakeWithdrawn",
    "Transfer",
)
PANICS = ("Panic(0x11)", "Panic(0x41)")


def test_a_campaign_finds_no_difference(revm: str) -> None:
    """Reports, disputes, reads, stakes and tokens agree, in every branch."""
    campaign = driver.run(TELLOR.open(revm), 4, Limits(2_500))
    assert campaign.passed, campaign.finding
    assert [each for each in REFUSED if not campaign.states[each]] == []
    assert [each for each in EVENTS if not campaign.tally.events[each]] == []
    assert [each for each in PANICS if not campaign.tally.errors[each]] == []


def test_another_back_end_agrees() -> None:
    """A sample on py-evm."""
    campaign = driver.run(TELLOR.open("pyevm"), 5, Limits(150))
    assert campaign.passed, campaign.finding


@pytest.mark.parametrize(
    ("module", "name", "fault"),
    [
        (playground, "bisect_left", bisect_right),
        (using_tellor, "bisect_right", bisect_left),
        (playground, "LAST_LEGACY_ID", 99),
        (playground_token, "WITHDRAWAL_DELAY", playground_token.WITHDRAWAL_DELAY + 1),
        (using_tellor, "MOST_ITEMS", 2**64),
    ],
    ids=("at or before", "at or after", "a legacy id less", "a second longer", "an item more"),
)
def test_faults_are_found(
    revm: str, monkeypatch: pytest.MonkeyPatch, module: object, name: str, fault: object
) -> None:
    """A model with another edge differs from the contracts."""
    monkeypatch.setattr(module, name, fault)
    assert not driver.run(TELLOR.open(revm), 4, Limits(2_500)).passed
