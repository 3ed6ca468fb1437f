"""A hunt: saved failures first, then a campaign; what it finds is saved, then shrunk, then told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.crosscheck import cases, driver
from weiproof.crosscheck.diagnosis import diagnose
from weiproof.crosscheck.shrinking import Shrinker, Shrunk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from weiproof.crosscheck.bench import Finding
    from weiproof.crosscheck.diagnosis import Diagnosis
    from weiproof.crosscheck.driver import Campaign, Limits
    from weiproof.crosscheck.opening import Opening
    from weiproof.engine.call import Call


@dataclass(frozen=True, slots=True)
class Catch:
    """A finding with everything that is told of it."""

    fixture: tuple[Call, ...]
    calls: tuple[Call, ...]
    finding: Finding
    diagnosis: Diagnosis
    case: Path | None
    """Where it is saved."""
    shrunk: Shrunk | None
    """How it was shrunk; None where it is as it was found."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a case that was saved before."""

    path: Path
    finding: Finding | None
    """What it shows now; None where it passes."""


class Hunter:
    """Hunts on one target."""

    def __init__(
        self,
        opening: Opening,
        chain: str,
        *,
        against: str | None = None,
        folder: Path | None = None,
        most_trials: int = 20_000,
        watch_shrinking: Callable[[int, int], None] | None = None,
    ) -> None:
        """Saves cases in `folder`; shrinks with at most `most_trials` (0: not at all)."""
        self.opening = opening
        self.chain = chain
        self.against = against
        self.folder = folder
        self.most_trials = most_trials
        self.watch_shrinking = watch_shrinking

    def saved(self) -> list[Saved]:
        """Replays the shrunk cases of this target that were saved before."""
        if self.folder is None:
            return []
        name = self.opening.open(self.chain).target
        return [Saved(path, self.replay(path)) for path in cases.saved(self.folder, name)]

    def replay(self, path: Path) -> Finding | None:
        """What a saved case shows now. Raises CaseError where it does not fit the target."""
        bench = self.opening.open(self.chain, self.against)
        try:
            fixture, calls = cases.load(path).sequences(bench)
        except cases.CaseError as error:
            name = "" if str(error).startswith(str(path)) else f"{path}: "
            raise cases.CaseError(f"{name}{error}; move the case away to go on") from error
        return driver.replay(bench, [*fixture, *calls], whole=True)

    def campaign(
        self, seed: int, limits: Limits, watch: Callable[[int], None] | None = None
    ) -> Campaign:
        """Plays one seed."""
        return driver.run(self.opening.open(self.chain, self.against), seed, limits, watch)

    def search(
        self, seed: int, limits: Limits, watch: Callable[[int], None] | None = None
    ) -> Campaign:
        """Lets Hypothesis search. Raises SearchUnavailable or IdleSearch."""
        from weiproof.crosscheck.search import search

        return search(self.opening.open(self.chain, self.against), seed, limits, watch)

    def catch(self, campaign: Campaign) -> Catch:
        """Saves what a campaign found as it is, shrinks it, saves that, and looks at it.

        Raises ValueError where nothing was found.
        """
        if campaign.finding is None:
            raise ValueError("the campaign found nothing")
        recording = campaign.recording
        return self.reduce(
            recording.fixture, recording.calls, campaign.finding, campaign.seed, is_raw=True
        )

    def reduce(
        self,
        fixture: Sequence[Call],
        calls: Sequence[Call],
        finding: Finding,
        seed: int,
        *,
        is_raw: bool,
    ) -> Catch:
        """Shrinks a finding and saves the result; with `is_raw` first as it is."""
        case = self._save(fixture, calls, finding, seed, cases.RAW) if is_raw else None
        shrunk = None
        if self.most_trials:
            bench = self.opening.open(self.chain, self.against)
            shrinker = Shrinker(
                bench,
                fixture,
                calls,
                finding,
                most_trials=self.most_trials,
                watch=self.watch_shrinking,
            )
            shrunk = shrinker.run()
        if shrunk is not None:
            fixture, calls, finding = shrunk.fixture, shrunk.calls, shrunk.finding
            case = self._save(fixture, calls, finding, seed, "")
        diagnosis = diagnose(self.opening.open(self.chain, self.against), fixture, calls, finding)
        return Catch(tuple(fixture), tuple(calls), finding, diagnosis, case, shrunk)

    def _save(
        self,
        fixture: Sequence[Call],
        calls: Sequence[Call],
        finding: Finding,
        seed: int,
        ending: str,
    ) -> Path | None:
        if self.folder is None:
            return None
        bench = self.opening.open(self.chain)
        file = self.opening.target_file
        case = cases.case_of(
            bench,
            fixture,
            calls,
            finding,
            seed=seed,
            target_file="" if file is None else file.name,
        )
        return cases.save(case, self.folder, ending)
