"""Results of trials, kept line by line as they come in, so that a study goes on where it ended."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from .trial import EQUIVALENT, INVALID, KILLED, SURVIVED, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from .mutant import Mutant
    from .subjects import Subject
    from .trial import Bench

    Key: TypeAlias = tuple[str, str, str, str]

STATUSES = (KILLED, SURVIVED, EQUIVALENT, INVALID)


class ResultsError(Exception):
    """A file of results that cannot be read: names the file and the line."""


@dataclass(frozen=True, slots=True)
class Result:
    """A mutant and what became of it."""

    mutant: Mutant
    verdict: Verdict


class Results:
    """Verdicts by source, change and campaigns; in a file of JSON lines, or only in memory."""

    def __init__(self, path: Path | None = None, *, again: bool = False) -> None:
        """Reads what is there; a last line that was cut short is dropped.

        :param again: survivors are not known, so that they are tried again.
        :raises ResultsError: for a line that is no result.
        """
        self._path = path
        self._known: dict[Key, Verdict] = {}
        if path is not None and path.exists():
            _drop_cut_line(path)
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                key, verdict = _read(line, f"{path}:{number}")
                self._known[key] = verdict
        if again:
            known = self._known.items()
            self._known = {key: verdict for key, verdict in known if verdict.status != SURVIVED}

    def find(self, mutant: Mutant, source: bytes, bench: Bench) -> Verdict | None:
        """The verdict on a mutant of this very source in these very campaigns."""
        return self._known.get(_key(mutant, source, bench))

    def add(self, mutant: Mutant, source: bytes, bench: Bench, verdict: Verdict) -> None:
        """Keeps a verdict, in the file at once."""
        key = _key(mutant, source, bench)
        self._known[key] = verdict
        if self._path is None:
            return
        record = {
            "source": key[0],
            "mutant": key[1],
            "campaigns": key[3],
            "status": verdict.status,
            "by": verdict.by,
            "seed": verdict.seed,
            "calls": verdict.calls,
            "detail": verdict.detail,
            "function": mutant.function,
            "before": mutant.before,
            "after": mutant.after,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(record) + "\n")


def conduct(
    subject: Subject,
    mutants: Sequence[Mutant],
    bench: Bench,
    results: Results,
    *,
    workers: int = 1,
    watch: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Tries all mutants that have no result yet; the answer is in the order of the mutants.

    :param workers: how many are tried at a time.
    :param watch: is told each result, known ones first.
    :raises TrialFailed: where the campaigns do not pass unmutated, or cannot run here.
    """
    found: dict[str, Result] = {}

    def note(mutant: Mutant, verdict: Verdict) -> None:
        found[mutant.id] = Result(mutant, verdict)
        if watch is not None:
            watch(found[mutant.id])

    waiting = []
    for mutant in mutants:
        known = results.find(mutant, subject.source(mutant.file), bench)
        if known is None:
            waiting.append(mutant)
        else:
            note(mutant, known)
    if waiting:
        subject.prepare(bench)
    with ThreadPoolExecutor(workers) as pool:
        verdicts = pool.map(lambda mutant: subject.judge(mutant, bench), waiting)
        for mutant, verdict in zip(waiting, verdicts, strict=True):
            results.add(mutant, subject.source(mutant.file), bench, verdict)
            note(mutant, verdict)
    return [found[mutant.id] for mutant in mutants]


def _key(mutant: Mutant, source: bytes, bench: Bench) -> Key:
    seeds = ",".join(str(seed) for seed in bench.seeds)
    campaigns = f"{bench.steps} calls of seeds {seeds} on {bench.chain}"
    return sha256(source).hexdigest(), mutant.id, mutant.after, campaigns


def _drop_cut_line(path: Path) -> None:
    data = path.read_bytes()
    if not data.endswith(b"\n"):
        path.write_bytes(data[: data.rfind(b"\n") + 1])


def _read(line: str, where: str) -> tuple[Key, Verdict]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise ResultsError(f"{where}: no JSON ({error}); delete the line to try it again") from None
    texts = ("source", "mutant", "after", "campaigns", "status", "by", "detail")
    if not isinstance(record, dict) or not all(isinstance(record.get(t), str) for t in texts):
        raise ResultsError(f"{where}: a result has the texts {', '.join(texts)}; delete the line")
    if record["status"] not in STATUSES:
        raise ResultsError(f"{where}: status is one of {', '.join(STATUSES)}; delete the line")
    verdict = Verdict(
        record["status"],
        record["by"],
        _count(record, "seed", where),
        _count(record, "calls", where),
        record["detail"],
    )
    source, mutant, after, campaigns = (record[name] for name in texts[:4])
    return (source, mutant, after, campaigns), verdict


def _count(record: Mapping[str, Any], name: str, where: str) -> int:
    value = record.get(name)
    if type(value) is not int or value < 0:
        raise ResultsError(f"{where}: {name} is a number of 0 or more; delete the line")
    return value
