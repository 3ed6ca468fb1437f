"""`weiproof run`: a scenario through engine and contracts in lockstep."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from weiproof.contracts.chains import shown_name

from . import errors
from .scenario_options import find_scenario, running_options

if TYPE_CHECKING:
    from weiproof.crosscheck.bench import Finding
    from weiproof.simulation.run import Check, Run
    from weiproof.simulation.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    scenario: str
    check: Check
    chain: str
    seed: int | None
    variant: str
    data: Path | None
    out: Path | None
    report: bool
    as_json: bool


@click.command("run")
@click.argument("scenario")
@running_options
@click.option("--variant", default="", metavar="NAME", help="One of the scenario's variants.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the run, new or empty.")
@click.option("--report", is_flag=True, help="Write report.html into the run's folder, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(**given: Any) -> int:  # noqa: ANN401 (an option each, see Options)
    """Run SCENARIO, a TOML file or the name of a shipped one, and compare every call.

    The run's folder gets journal, summary and timing; `weiproof replay` verifies it. Where the two
    differ or an invariant is broken, divergence.json stands there instead of the summary.
    """
    from weiproof.crosscheck.divergence import DivergenceFound
    from weiproof.crosscheck.invariants import InvariantBroken
    from weiproof.simulation.loading import load_scenario
    from weiproof.simulation.run import Run

    from .display import RunDisplay

    options = Options(**given)
    check, as_json = options.check, options.as_json
    file = find_scenario(options.scenario)
    loaded = load_scenario(file, data=options.data, seed=options.seed, variant=options.variant)
    started = time.perf_counter()
    run = Run(loaded, check=check, chain=options.chain, folder=_folder(options.out, loaded))
    chain = shown_name(
        options.chain
    )  # what is printed and written from here on holds no credentials
    display = RunDisplay(loaded, check=str(check), chain=chain, quiet=as_json)
    (run.folder / "scenario.toml").write_bytes(file.read_bytes())
    again = _command(options.scenario, check, chain, loaded, options.data)
    finding: Finding | None = None
    summary: dict[str, Any] = {}
    try:
        with display:
            summary = run.run(display.watch).summary
    except DivergenceFound as found:
        finding = found.divergence
    except InvariantBroken as broken:
        finding = broken
    timing = _timing(run, time.perf_counter() - started, check, chain, again)
    _write(run.folder / "timing.json", timing)
    if finding is not None:
        _found(finding, run, as_json=as_json)
    elif as_json:
        click.echo(_encoded({**summary, **timing}))
    else:
        display.finish(summary, timing)
    if options.report:
        _report(run.folder, options)
    return errors.PASS if finding is None else errors.DIVERGENCE


def _report(folder: Path, options: Options) -> None:
    from .report import REPORT, put, run_page

    put(folder / REPORT, run_page(folder, options.chain), quiet=options.as_json)


def _folder(out: Path | None, scenario: Scenario) -> Path:
    """A folder that holds nothing yet."""
    if out is not None:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            message = f"{out} is not an empty folder; name a new one with --out"
            raise errors.BadUsage(message)
        out.mkdir(parents=True, exist_ok=True)
        return out
    number = 1
    while True:
        folder = Path("runs") / f"{scenario.name}-{number}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return folder


def _command(scenario: str, check: Check, chain: str, loaded: Scenario, data: Path | None) -> str:
    import shlex

    parts = ["weiproof", "run", scenario, "--check", str(check), "--chain", chain]
    parts += ["--seed", str(loaded.seed)]
    if loaded.variant:
        parts += ["--variant", loaded.variant]
    if data is not None:
        parts += ["--data", str(data)]
    return shlex.join(parts)


def _timing(run: Run, seconds: float, check: Check, chain: str, again: str) -> dict[str, Any]:
    """What differs from run to run, or from machine to machine."""
    import platform
    from importlib.metadata import version

    return {
        "seconds": round(seconds, 3),
        "seconds_on_invariants": round(run.checking_ns / 1e9, 3),
        "seconds_on_states": round(run.sampling_ns / 1e9, 3),
        "check": str(check),
        "chain": chain if check.enabled else None,
        "opcodes": run.opcodes,
        "command": again,
        "paths": {"run": str(run.folder)},
        "versions": {
            "weiproof": version("weiproof"),
            "python": platform.python_version(),
            "py-evm": version("py-evm"),
            "web3": version("web3"),
        },
    }


def _found(finding: Finding, run: Run, *, as_json: bool) -> None:
    """Writes and prints what ended a run."""
    from weiproof.simulation.forms import call_form

    names = run.names
    view = getattr(finding, "view", None)
    exact = {"call": call_form(finding.call), "view": None if view is None else call_form(view)}
    told = finding.as_json(names)
    file = run.folder / "divergence.json"
    _write(file, {**told, "exact": exact})
    if as_json:
        report = {
            "seed": run.seed,
            "calls_compared": run.compared,
            "divergences": 1,
            "divergence": told,
        }
        click.echo(_encoded(report))
        return
    if finding.kind != "invariant":  # which says so itself
        click.echo("model and contracts differ\n", err=True)
    click.echo(finding.describe(names), err=True)
    click.echo(f"\nwritten to {file}", err=True)


def _write(file: Path, document: dict[str, Any]) -> None:
    file.write_text(_encoded(document) + "\n", "utf-8")


def _encoded(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True)
