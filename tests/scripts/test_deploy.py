"""`weiproof deploy` rehearses what a file describes, and says in one message what is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from weiproof.contracts import artifact_store
from weiproof.contracts.chains import MAX_CODE_BYTES, ZERO_ADDRESS, actor, open_chain
from weiproof.contracts.deployment import Step, predict_addresses
from weiproof.crosscheck.protocol import ADMIN, deployment_plan
from weiproof.crosscheck.rehearsal import RehearsalError, rehearse
from weiproof.crosscheck.spec import TimelockSpec
from weiproof.scripts import cli, errors
from weiproof.simulation.deployment import deployment_of, load_deployment
from weiproof.simulation.loading import load_scenario
from weiproof.simulation.protocol_of import protocol_of
from weiproof.simulation.toml_exact import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable

SCENARIOS = Path(__file__).parents[2] / "scenarios"
TEXT = (SCENARIOS / "deploy.toml").read_text("utf-8")
SOMEBODY, OTHER = "0x00000000000000000000000000000000000b0b0b", "0x" + "0a" * 20
MISSPELT = "0x000000000000000000000000000000000000AbCd"
TIMELOCK = f"""
[timelock]
delay = 86_400
proposers = ["{SOMEBODY}"]
cancellers = ["{OTHER}"]
"""


@pytest.fixture(scope="module")
def reported() -> dict[str, Any]:
    """What `--json` says about the shipped description."""
    printed: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("click.echo", printed.append)
        assert cli.main(["deploy", str(SCENARIOS / "deploy.toml"), "--json"]) == errors.PASS
    report: dict[str, Any] = json.loads(printed[0])
    return report


def test_the_steps_stand_in_the_order_of_the_plan(reported: dict[str, Any]) -> None:
    """Contracts are created in the plan's order, at the addresses it predicts."""
    plan = deployment_plan(deployment_of(TEXT, "deploy.toml"))
    book = predict_addresses(reported["deployer"], plan)
    assert [step["label"] for step in reported["steps"]] == list(book)
    assert reported["addresses"] == dict(book)


def test_sizes_are_those_of_the_artifacts(reported: dict[str, Any]) -> None:
    """Each size is the compiled one, below the limit that nothing lifts."""
    for step in reported["steps"]:
        assert step["size"] == artifact_store.load(step["contract"]).deployed_size
        assert step["size"] < reported["code_size_limit"] == MAX_CODE_BYTES


def test_gas_adds_up(reported: dict[str, Any]) -> None:
    """The total is the sum of all steps, each at least a transaction's 21,000."""
    steps = [*reported["steps"], *reported["configuration"]]
    assert min(step["gas"] for step in steps) > 21_000
    assert sum(step["gas"] for step in steps) == reported["gas"]["total"]


def test_configuration_is_compared(reported: dict[str, Any]) -> None:
    """One price and one market are configured; calls and state are compared with the model."""
    called = [(call["function"], call["subject"]) for call in reported["configuration"]]
    assert called == [("configure", "ETH-USD"), ("addMarket", "ETH-PERP")]
    assert (reported["calls_compared"], reported["divergences"]) == (2, 0)
    assert reported["views_compared"] > 20


def test_gas_is_the_same_without_transactions() -> None:
    """Message by message on py-evm, a rehearsal costs the same gas as with signed transactions."""
    spec = deployment_of(TEXT, "deploy.toml")
    at = spec.genesis_time
    steps: list[str] = []
    quick = rehearse(spec, open_chain("pyevm", genesis_time=at), steps.append)
    full = rehearse(spec, open_chain("eth-tester", genesis_time=at))
    assert (quick.created, quick.configured) == (full.created, full.configured)
    assert len(steps) == len(quick.created) + len(quick.configured)


def test_a_person_gets_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """Without `--json` the steps, the calls and the address book are printed, within 80 columns."""
    assert cli.main(["deploy", str(SCENARIOS / "deploy.toml")]) == errors.PASS
    out = capsys.readouterr().out
    for text in ("ClearingHouse", "house.addMarket", "address book", "0 divergences"):
        assert text in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_scenario_describes_a_deployment() -> None:
    """A scenario's file leads to the same protocol as running it would."""
    file = SCENARIOS / "august_2024.toml"
    assert load_deployment(file) == protocol_of(load_scenario(file))


def test_price_files_are_not_needed() -> None:
    """A scenario whose price files are elsewhere can be rehearsed all the same."""
    assert len(load_deployment(SCENARIOS / "august_2024_minutes.toml").feeds) > 0


def test_the_two_files_of_init_describe_one_protocol() -> None:
    """The shipped scenario and the shipped deployment differ in nothing but labels and time."""
    one = load_deployment(SCENARIOS / "deploy.toml")
    other = load_deployment(SCENARIOS / "template.toml")
    assert (one.feeds, one.prices, one.markets) == (other.feeds, other.prices, other.markets)
    assert one.system_parameters() == other.system_parameters()


def test_a_timelock_is_deployed_and_gets_the_parameter_role() -> None:
    """It is created last; the administrator gives it the role, and gives its own up."""
    spec = deployment_of(TEXT + TIMELOCK, "deploy.toml")
    assert spec.timelock == TimelockSpec(86_400, (SOMEBODY,), (), (OTHER,))
    done = rehearse(spec, open_chain("pyevm", genesis_time=spec.genesis_time))
    assert (done.created[-1].label, done.created[-1].contract) == ("timelock", "ParameterTimelock")
    called = [(call.function, call.subject) for call in done.configured]
    assert called[-2:] == [("grantRole", "timelock"), ("renounceRole", "timelock")]


def test_without_the_table_there_is_no_timelock() -> None:
    """The administrator keeps the parameter role, as ever; proposers are by default its own."""
    spec = deployment_of(TEXT, "deploy.toml")
    assert spec.timelock is None
    plan = deployment_plan(replace(spec, timelock=TimelockSpec(3_600)))
    step = plan.steps[-1]
    assert isinstance(step, Step)
    assert step.args == (3_600, (actor(ADMIN),), (ZERO_ADDRESS,), ())


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("timelock = 7", ("timelock: expected a table", "Write a [timelock] section.")),
        ("[timelock]", ("timelock.delay: expected seconds from 3600",)),
        ("[timelock]\ndelay = 3599", ("timelock.delay", "2592000 (thirty days)")),
        ("[timelock]\ndelay = 2_592_001", ("timelock.delay",)),
        ("[timelock]\ndelay = 7200.0", ("timelock.delay",)),
        ("[timelock]\ndelay = true", ("timelock.delay",)),
        ("[timelock]\ndelay = 7200\nproposer = []", ("timelock.proposer:", "proposers")),
        (f'[timelock]\ndelay = 7200\nproposers = "{OTHER}"', ("proposers", "a list")),
        ("[timelock]\ndelay = 7200\nexecutors = [7]", ("timelock.executors[0]", "hex digits")),
        (f'[timelock]\ndelay = 7200\ncancellers = ["{ZERO_ADDRESS}"]', ("other than zero",)),
        (f'[timelock]\ndelay = 7200\ncancellers = ["{OTHER}", "{OTHER}"]', ("[1]", "once")),
        (f'[timelock]\ndelay = 7200\nproposers = ["{MISSPELT}"]', ("[0]", "checksum")),
    ],
)
def test_a_bad_timelock_gets_one_message(table: str, words: tuple[str, ...]) -> None:
    """The message names file and key, what was expected and how to mend it."""
    with pytest.raises(ScenarioError) as caught:
        deployment_of(f"{table}\n{TEXT}" if "=" in table[:12] else TEXT + table, "my.toml")
    for word in ("my.toml", *words):
        assert word in str(caught.value)


def test_a_scenario_has_no_timelock() -> None:
    """A run has no use for one, so the table is unknown there."""
    text = (SCENARIOS / "template.toml").read_text("utf-8")
    with pytest.raises(ScenarioError, match="timelock"):
        deployment_of(text + TIMELOCK, "my.toml")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("[system]", "[systemm]"), ("systemm", "Did you mean system?")),
        (lambda text: text.replace("decimals = 8", "decimals = 8.5"), ("feed[0].decimals",)),
        (lambda text: text.replace("decimals = 8", "decimal = 8"), ("feed[0].decimal",)),
        (lambda text: text.replace("quorum = 2", "quorum = 3"), ("price[0].quorum", "found 2")),
        (lambda text: text.replace("ETH-USD", 33 * "E"), ("price[0].name", "32")),
        (lambda text: text.replace("price_tick = 0.01", 'price_tick = "0.01"'), ("price_tick",)),
        (lambda text: text.replace("[[market]]", "[market]"), ("market", "an array")),
        (lambda text: text.replace("feed", "market"), ("market[0]",)),
        (lambda text: text[:-20], ("expected TOML",)),
        (lambda text: text + "[checks]\n", ("scenario", "missing")),
        (lambda _: "", ("empty",)),
        (lambda _: "feed = 7\nmarket = [3]\n", ("feed",)),
    ],
)
def test_a_bad_file_gets_one_message(change: Callable[[str], str], words: tuple[str, ...]) -> None:
    """The message names file and key, as for scenarios."""
    with pytest.raises(ScenarioError) as caught:
        deployment_of(change(TEXT), "my.toml")
    for word in ("my.toml", *words):
        assert word in str(caught.value)


def test_a_missing_file_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there ends with 2 and is named."""
    assert cli.main(["deploy", "nowhere.toml"]) == errors.BAD_USAGE
    assert "nowhere.toml" in capsys.readouterr().err


def test_what_the_contracts_refuse_is_named() -> None:
    """A parameter beyond the contracts' bounds is told with the call, the market and the error."""
    spec = deployment_of(TEXT.replace("rate = 0.03", "rate = 0.5"), "deploy.toml")
    chain = open_chain("pyevm", genesis_time=spec.genesis_time)
    with pytest.raises(RehearsalError, match=r"house\.addMarket for ETH-PERP .*InvalidParameter"):
        rehearse(spec, chain)


def test_a_refused_configuration_is_bad_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command ends with 2, with the contract's own error."""
    file = tmp_path / "deploy.toml"
    file.write_text(TEXT.replace("rate = 0.03", "rate = 0.5"))
    assert cli.main(["deploy", str(file)]) == errors.BAD_USAGE
    assert "InvalidParameter(maximumFundingRate)" in capsys.readouterr().err
