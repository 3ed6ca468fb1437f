"""Chainlink's published contracts and their twins, in lockstep: campaigns that meet every refusal.

Skipped where they are not compiled: ``python examples/targets/install.py``.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from weiproof.crosscheck import driver
from weiproof.crosscheck.driver import Limits
from weiproof.crosscheck.opening import Opening

if TYPE_CHECKING:
    from weiproof.crosscheck.driver import Campaign

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "examples" / "targets" / "oracles"
BUILDS = tuple(
    ROOT / "node_modules" / ".targets" / "oracles" / f"chainlink_{name}"
    for name in ("0_6", "0_8", "optimism")
)

pytestmark = pytest.mark.skipif(
    not all(build.is_dir() for build in BUILDS),
    reason="Chainlink's contracts are not compiled: python examples/targets/install.py",
)

FLUX = """
cannot report on previous rounds | cannot set admin to 0 | delay cannot exceed total
insufficient funds for payment | insufficient reserve funds | insufficient withdrawable funds
invalid round to report | max cannot exceed total | max must equal/exceed min
max oracles allowed | min must be greater than 0 | must delay requests | No data present
need same oracle and admin count | no longer allowed oracle | not authorized requester
not enabled oracle | not yet enabled oracle | off-chain reading only | only callable by admin
Only callable by owner | only callable by pending admin | Must be proposed owner
oracle already enabled | oracle not enabled | owner cannot overwrite admin
prev round must be supersedable | previous round not supersedable | round not accepting submissions
SafeMath: addition overflow | SafeMath: subtraction overflow | token transfer failed
transfer doesn't accept calldata | value above maxSubmissionValue | value below minSubmissionValue
no data | a round with a copied answer is read | a round with an own answer is read
what is owed leaves its width
event flux.AnswerUpdated | event flux.AvailableFundsUpdated | event flux.NewRound
event flux.OracleAdminUpdateRequested | event flux.OracleAdminUpdated
event flux.OraclePermissionsUpdated | event flux.OwnershipTransferRequested
event flux.OwnershipTransferred | event flux.RequesterPermissionsSet
event flux.RoundDetailsUpdated | event flux.SubmissionReceived | event flux.ValidatorUpdated
event validator.Validated
"""
PROXY = """
Invalid proposed aggregator | Must be proposed owner | No access | No data present
No proposed aggregator present | Only callable by owner | no data | a written round is read
a zero round is read | event proxy.OwnershipTransferRequested | event proxy.OwnershipTransferred
event readers.AddedAccess | event readers.RemovedAccess | event readers.CheckAccessDisabled
event readers.CheckAccessEnabled | event writers.AddedAccess | event writers.RemovedAccess
event writers.CheckAccessDisabled | event writers.CheckAccessEnabled
"""
DERIVED = """
17 | 18 | not implemented - use latestRoundData() | dollar_over_ether is negative
dollar_over_ether is positive | dollar_over_ether is zero | ether_over_dollar is negative
ether_over_dollar is positive | ether_over_dollar is zero | cast_over_dollar is zero
"""
ARBITRUM = """
AlreadyInitialized | Cannot transfer to self | InvalidSender | Must be proposed owner | No access
Not allowed to lower flags | Not allowed to raise flags | Only callable by owner | Uninitialized
no data | event feed.AnswerUpdated | event feed.Initialized | event feed.L1SenderTransferred
event feed.NewRound | event feed.UpdateIgnored | event flags.FlagLowered | event flags.FlagRaised
event flags.LoweringAccessControllerUpdated | event flags.RaisingAccessControllerUpdated
"""
OPTIMISM = """
Cannot transfer to self | InvalidSender | Must be proposed owner | No access | NoDataPresent
Only callable by owner | no data | event feed.AnswerUpdated | event feed.L1SenderTransferred
event feed.NewRound | event feed.RoundUpdated | event feed.UpdateIgnored
event feed.OwnershipTransferRequested | event feed.OwnershipTransferred
"""
CAMPAIGNS = (
    ("flux", 6, 1_500, FLUX),
    ("proxy", 1, 800, PROXY),
    ("derived", 1, 500, DERIVED),
    ("arbitrum", 1, 1_000, ARBITRUM),
    ("optimism", 1, 600, OPTIMISM),
)


def campaign(name: str, chain: str, seed: int, steps: int) -> Campaign:
    """A campaign against a target, which must find nothing."""
    opening = Opening(FOLDER / f"chainlink_{name}.py")
    run = driver.run(opening.open(chain), seed, Limits(steps))
    assert run.passed, run.finding
    return run


def met(run: Campaign) -> Counter[str]:
    """What a campaign met, whichever function it was in: refusals, events, states."""
    found: Counter[str] = Counter()
    for state, times in run.states.items():
        found[state.partition(": ")[2] or state] += times
    return found


@pytest.mark.parametrize(("name", "seed", "steps", "expected"), CAMPAIGNS)
def test_a_campaign_meets_everything(
    revm: str, name: str, seed: int, steps: int, expected: str
) -> None:
    """No difference; each refusal of the contracts and each of their events is met."""
    run = campaign(name, revm, seed, steps)
    assert run.tally.calls == steps
    found = met(run)
    wanted = [item.strip() for line in expected.strip().splitlines() for item in line.split("|")]
    assert [item for item in wanted if item not in found] == []


@pytest.mark.parametrize("name", [name for name, *_ in CAMPAIGNS])
def test_a_sample_on_py_evm(name: str) -> None:
    """The other back end finds no difference, either."""
    run = campaign(name, "pyevm", 3, 40)
    assert run.tally.calls == 40
