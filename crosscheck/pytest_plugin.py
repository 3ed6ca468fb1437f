"""The pytest plugin: fixtures that open a target, so that lockstep stands in ordinary tests.

::

    [tool.pytest.ini_options]
    weiproof_target = "target.py"

    def test_deposit(lockstep, weiproof_call):
        assert lockstep.apply(weiproof_call("alice", "vault", "deposit", 5)).ok

    def test_campaign(weiproof_fuzz):
        weiproof_fuzz(steps=500)

Nothing heavy is imported before a fixture is used. Each test has a chain of its own, and saved
cases get names of their own, so that tests may run in any order and in many processes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weiproof.contracts.chains import Chain
    from weiproof.crosscheck.bench import Bench
    from weiproof.crosscheck.lockstep import Lockstep
    from weiproof.crosscheck.opening import Opening
    from weiproof.engine.call import Call, Value

GENESIS_TIME = 1_700_000_000
"""First block time of the fixture `chain`, unix seconds."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options and the ini value."""
    group = parser.getgroup("weiproof")
    group.addoption("--weiproof-seed", type=int, default=0, help="seed of campaigns (default: 0)")
    group.addoption("--weiproof-chain", default="pyevm", help="EVM that is used (default: pyevm)")
    parser.addini("weiproof_target", "Python file of the target, from the root folder", default="")


def _option(request: pytest.FixtureRequest, name: str) -> str:
    return str(request.config.getoption(name))


@pytest.fixture
def weiproof_seed(request: pytest.FixtureRequest) -> int:
    """The seed of campaigns: ``--weiproof-seed``."""
    return int(_option(request, "--weiproof-seed"))


@pytest.fixture
def weiproof_opening(request: pytest.FixtureRequest) -> Opening:
    """What opens the target of the ini file, or the margin protocol where none is named."""
    from weiproof.crosscheck.opening import Opening

    named: str = request.config.getini("weiproof_target")
    return Opening(request.config.rootpath.joinpath(named) if named else None)


@pytest.fixture
def weiproof_bench(weiproof_opening: Opening, request: pytest.FixtureRequest) -> Bench:
    """The target, deployed on model and chain."""
    from weiproof.contracts.chains import ChainUnavailable

    try:
        return weiproof_opening.open(_option(request, "--weiproof-chain"))
    except ChainUnavailable as error:
        pytest.skip(error.reason)


@pytest.fixture
def lockstep(weiproof_bench: Bench) -> Lockstep:
    """Model and chain in lockstep: ``apply`` raises DivergenceFound at the first difference."""
    return weiproof_bench.lockstep


@pytest.fixture
def chain(request: pytest.FixtureRequest) -> Chain:
    """A fresh, empty chain."""
    from weiproof.contracts.chains import ChainUnavailable, open_chain

    name = _option(request, "--weiproof-chain")
    try:
        return open_chain(name, genesis_time=GENESIS_TIME)
    except ChainUnavailable as error:
        pytest.skip(error.reason)


@pytest.fixture
def model(weiproof_bench: Bench) -> Mapping[str, Any]:
    """The target's twins by label."""
    world: Any = weiproof_bench.lockstep.model.world  # type: ignore[attr-defined]
    twins: Mapping[str, Any] = getattr(world, "twins", None) or world.contracts
    return twins


@pytest.fixture
def weiproof_call(weiproof_bench: Bench) -> Callable[..., Call]:
    """Makes calls: sender's label, contract, function, arguments; `at` seconds from the start."""
    from weiproof.contracts.chains import actor
    from weiproof.engine.call import Call

    def make(
        sender: str, target: str, function: str, *args: Value, at: int = 0, value: int = 0
    ) -> Call:
        time = weiproof_bench.genesis_time + at
        return Call(time, actor(sender), target, function, args, value)

    return make


@pytest.fixture
def weiproof_fuzz(
    weiproof_opening: Opening, weiproof_seed: int, request: pytest.FixtureRequest
) -> Callable[..., None]:
    """Runs a campaign; a finding is saved in the folder ``cases`` and fails the test."""
    from weiproof.crosscheck import reports
    from weiproof.crosscheck.driver import Limits
    from weiproof.crosscheck.hunt import Hunter

    folder = Path(request.config.rootpath, "cases")
    name = _option(request, "--weiproof-chain")

    def fuzz(*, steps: int = 1000, trials: int = 5000) -> None:
        hunter = Hunter(weiproof_opening, name, folder=folder, most_trials=trials)
        for saved in hunter.saved():
            if saved.finding is not None:
                pytest.fail(f"{saved.path} still fails\n{saved.finding.describe()}", pytrace=False)
        campaign = hunter.campaign(weiproof_seed, Limits(steps))
        if not campaign.passed:
            catch = hunter.catch(campaign)
            start = catch.fixture[0].at if catch.fixture else catch.calls[0].at
            lines = [*reports.lines_of(catch, campaign.names, start), f"saved     {catch.case}"]
            pytest.fail("\n".join(lines), pytrace=False)

    return fuzz
