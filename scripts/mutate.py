"""`weiproof mutate`: small changes in contracts and models, and how many of them lockstep finds."""

from __future__ import annotations

import json
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from weiproof.contracts.chains import CHAIN_NAMES

from . import errors, hunting
from .tables import grid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from rich.console import Console

    from weiproof.crosscheck.mutation.results import Result, Results
    from weiproof.crosscheck.mutation.subjects import Contracts, Models, Subject
    from weiproof.crosscheck.mutation.trial import Bench

SOLIDITY, PYTHON, BOTH = "solidity", "python", "both"
SIDES = {SOLIDITY: (SOLIDITY,), PYTHON: (PYTHON,), BOTH: (PYTHON, SOLIDITY)}
DEFAULT_SAMPLE = 50
DEFAULT_STEPS = 3000


@click.command("mutate")
@click.option(
    "--side",
    type=click.Choice([*SIDES]),
    default=BOTH,
    show_default=True,
    help="The contracts' sources, the models' modules, or both.",
)
@click.option(
    "--sample",
    type=click.IntRange(1, 10**6),
    help=f"Mutants of each side, from every file and operator in its share [{DEFAULT_SAMPLE}].",
)
@click.option("--full", is_flag=True, help="All mutants; that takes hours.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**64 - 1),
    default=0,
    show_default=True,
    help="Fixes the sample.",
)
@click.option(
    "--steps",
    type=click.IntRange(1, 10**7),
    default=DEFAULT_STEPS,
    show_default=True,
    help="Calls of each campaign, its fixture's included.",
)
@click.option(
    "--campaigns",
    type=click.IntRange(1, 1000),
    default=2,
    show_default=True,
    help="Campaigns that a mutant goes through; their seeds are 1, 2, and so on.",
)
@click.option(
    "--chain",
    type=click.Choice(CHAIN_NAMES),
    default="revm",
    show_default=True,
    help="EVM that is used.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Mutants tried at a time.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep results there, and go on from those that are there.",
)
@click.option(
    "--again",
    is_flag=True,
    help="Try the survivors that are kept in --out once more; what was killed stays killed.",
)
@click.option(
    "--modules",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with node_modules that hold solc; else it is looked for from here upwards.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def command(  # noqa: PLR0913, PLR0917 (one parameter an option)
    side: str,
    sample: int | None,
    full: bool,
    seed: int,
    steps: int,
    campaigns: int,
    chain: str,
    workers: int,
    out: Path | None,
    again: bool,
    modules: Path | None,
    as_json: bool,
) -> int:
    """Change contracts and models a little, and count what lockstep finds.

    Each mutant is one small change: a rounding, a comparison, a sign, a dropped check. It goes
    through the fuzz's campaigns with the other side unchanged, and is killed by the first
    difference. Survivors are shown with their diff, and the reason where one is known that nobody
    can tell them from the original. Nothing is written into the sources' folders.
    """
    from weiproof.contracts.chains import open_chain
    from weiproof.crosscheck.mutation.trial import Bench

    if full and sample is not None:
        raise errors.BadUsage("--sample and --full exclude each other")
    if again and out is None:
        raise errors.BadUsage("--again needs --out, the folder with the results")
    open_chain(chain, genesis_time=1)  # tells what is missing before anything is compiled
    count = None if full else sample or DEFAULT_SAMPLE
    bench = Bench(tuple(range(1, campaigns + 1)), steps, chain)
    document: dict[str, Any] = {
        "seed": seed,
        "sample": count,
        "steps": steps,
        "seeds": list(bench.seeds),
        "chain": chain,
        "sides": {},
    }
    for name in SIDES[side]:
        with _subject(name, modules) as subject:
            results = _results(out, name, again=again)
            document["sides"][name] = _study(
                subject, name, bench, count, seed, results, workers=workers, quiet=as_json
            )
    _tell(document, as_json=as_json)
    return errors.PASS


def _results(out: Path | None, name: str, *, again: bool) -> Results:
    from weiproof.crosscheck.mutation.results import Results

    return Results(None if out is None else out / f"{name}.jsonl", again=again)


def _tell(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(document, indent=2))
        return
    console = hunting.console(quiet=False)
    for name, report in document["sides"].items():
        _print(console, name, report)


@contextmanager
def _compiled(modules: Path | None) -> Iterator[Contracts]:
    from weiproof.crosscheck.mutation import compiler, subjects

    near = (Path.cwd(), subjects.SOURCES) if modules is None else (modules,)
    with compiler.Compiler(compiler.find_modules(*near)) as warm:
        yield subjects.Contracts(compiler.read_sources(subjects.SOURCES), warm)


def _subject(name: str, modules: Path | None) -> AbstractContextManager[Contracts | Models]:
    from weiproof.crosscheck.mutation.subjects import Models

    return _compiled(modules) if name == SOLIDITY else nullcontext(Models())


def _study(
    subject: Subject,
    name: str,
    bench: Bench,
    count: int | None,
    seed: int,
    results: Results,
    *,
    workers: int,
    quiet: bool,
) -> dict[str, Any]:
    from weiproof.crosscheck.mutation import equivalents
    from weiproof.crosscheck.mutation.report import report
    from weiproof.crosscheck.mutation.results import conduct
    from weiproof.crosscheck.mutation.sampling import sample

    reasons = equivalents.shipped()
    population = subject.mutants()
    chosen = population if count is None else sample(population, count, seed)
    with _progress(name, len(chosen), quiet=quiet) as watch:
        found = conduct(subject, chosen, bench, results, workers=workers, watch=watch)
    return report(found, population, reasons, subject.source)


@contextmanager
def _progress(name: str, total: int, *, quiet: bool) -> Iterator[Callable[[Result], None]]:
    """A line of progress, on a terminal only."""
    from rich.console import Console
    from rich.progress import Progress

    stderr = Console(stderr=True)
    disabled = quiet or not stderr.is_terminal
    with Progress(console=stderr, transient=True, disable=disabled) as bar:
        task = bar.add_task(f"{name} mutants", total=total)
        yield lambda _: bar.advance(task)


def _print(console: Console, side: str, report: dict[str, Any]) -> None:
    for survivor in report["survivors"]:
        title = f"{survivor['file']}:{survivor['line']} {survivor['operator']}"
        console.print(title, style="bold", markup=False, soft_wrap=True)
        console.print(survivor["diff"], markup=False, soft_wrap=True)
        console.print(f"verdict: {survivor['verdict']}\n", markup=False, soft_wrap=True)
    for key in report["outdated_equivalents"]:
        console.print(f"equivalent.toml fits no mutant: {key}", markup=False, soft_wrap=True)
    _print_counts(console, report["operators"])
    console.print(
        f"{side}: {report['tried']:,} of {report['mutants']:,} mutants tried,"
        f" {report['same_code']} of the same code, {report['invalid']} invalid"
    )
    explained = report["survived"] - report["unexplained"]
    console.print(
        f"{report['killed']} killed, {report['survived']} survived: {explained} equivalent,"
        f" {report['unexplained']} unexplained"
    )
    console.print(f"[bold]kill rate {report['kill_rate']} %[/bold]\n")


def _print_counts(console: Console, operators: dict[str, Any]) -> None:
    columns = ("tried", "killed", "survived", "unexplained", "same_code", "invalid")
    head = ("operator", *(column.replace("_", " ") for column in columns))
    rows = (
        (operator, *(str(numbers[column]) for column in columns))
        for operator, numbers in operators.items()
    )
    console.print(grid(head, rows))
    console.print()
