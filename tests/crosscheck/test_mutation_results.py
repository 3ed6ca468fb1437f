"""Results are kept, read back and resumed; equivalents are found by content; reports add up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from weiproof.crosscheck.mutation import equivalents
from weiproof.crosscheck.mutation.equivalents import EquivalentsError
from weiproof.crosscheck.mutation.mutant import ARITHMETIC, CONSTANT, Draft, finish
from weiproof.crosscheck.mutation.report import UNEXPLAINED, percent, report
from weiproof.crosscheck.mutation.results import Results, ResultsError, conduct
from weiproof.crosscheck.mutation.trial import (
    EQUIVALENT,
    INVALID,
    KILLED,
    SURVIVED,
    Bench,
    TrialFailed,
    Verdict,
)

if TYPE_CHECKING:
    from pathlib import Path

    from weiproof.crosscheck.mutation.mutant import Mutant

FILE = "engine/sum.py"
SOURCE = b"x = a + b\ny = 1\nz = 2\n"
BENCH = Bench((1, 2), 10, "revm")
DRAFTS = (
    Draft(ARITHMETIC, 6, 7, b"-", ""),
    Draft(CONSTANT, 14, 15, b"(1 + 1)", ""),
    Draft(CONSTANT, 20, 21, b"(2 + 1)", ""),
    Draft(CONSTANT, 20, 21, b"(2 - 1)", ""),
)
MUTANTS = finish(FILE, SOURCE, DRAFTS)
VERDICTS = (
    Verdict(KILLED, "divergence", 2, 7, "x differs"),
    Verdict(SURVIVED),
    Verdict(EQUIVALENT, "compiles to the same code"),
    Verdict(INVALID, "does not compile", detail="no"),
)


class Played:
    """A subject whose verdicts are given; it notes what it is asked."""

    def __init__(self, text: bytes = SOURCE, fails_at: int = -1) -> None:
        self.text = text
        self.fails_at = fails_at
        self.asked: list[str] = []
        self.prepared = 0

    def mutants(self) -> tuple[Mutant, ...]:
        """All four."""
        return MUTANTS

    def source(self, file: str) -> bytes:
        """The text of the one file."""
        assert file == FILE
        return self.text

    def prepare(self, bench: Bench) -> None:
        """Counts."""
        assert bench.chain
        self.prepared += 1

    def judge(self, mutant: Mutant, bench: Bench) -> Verdict:
        """The given verdict, or no answer at all."""
        assert bench.steps
        place = MUTANTS.index(mutant)
        if place == self.fails_at:
            raise TrialFailed("interrupted")
        self.asked.append(mutant.id)
        return VERDICTS[place]


@pytest.mark.parametrize("workers", [1, 3])
def test_results_are_kept_and_read_back(tmp_path: Path, workers: int) -> None:
    """A second study of the same file asks nothing and answers the same."""
    path, first, second = tmp_path / "out" / "python.jsonl", Played(), Played()
    found = conduct(first, MUTANTS, BENCH, Results(path), workers=workers)
    assert [result.verdict for result in found] == list(VERDICTS)
    assert sorted(first.asked) == sorted(m.id for m in MUTANTS)
    assert conduct(second, MUTANTS, BENCH, Results(path)) == found
    assert second.asked == []
    assert second.prepared == 0
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [line["mutant"] for line in lines] == [m.id for m in MUTANTS]


def test_survivors_are_tried_again_where_that_is_asked_for(tmp_path: Path) -> None:
    """Of what is kept, only survivors are tried once more; the new verdict counts from then on."""
    path, again, last = tmp_path / "python.jsonl", Played(), Played()
    conduct(Played(), MUTANTS, BENCH, Results(path))
    found = conduct(again, MUTANTS, BENCH, Results(path, again=True))
    assert again.asked == [MUTANTS[1].id]
    assert [result.verdict for result in found] == list(VERDICTS)
    assert conduct(last, MUTANTS, BENCH, Results(path)) == found
    assert last.asked == []


def test_an_interrupted_study_goes_on(tmp_path: Path) -> None:
    """What was tried before the end is not tried again; a line cut short is."""
    path, again = tmp_path / "python.jsonl", Played()
    with pytest.raises(TrialFailed):
        conduct(Played(fails_at=2), MUTANTS, BENCH, Results(path))
    assert len(path.read_text("utf-8").splitlines()) == 2
    path.write_bytes(path.read_bytes()[:-9])
    found = conduct(again, MUTANTS, BENCH, Results(path))
    assert again.asked == [m.id for m in MUTANTS[1:]]
    assert [result.verdict for result in found] == list(VERDICTS)
    assert len(path.read_text("utf-8").splitlines()) == 4


@pytest.mark.parametrize(
    ("text", "bench"),
    [
        (SOURCE + b"# more\n", BENCH),
        (SOURCE, Bench((1,), 10, "revm")),
        (SOURCE, Bench((1, 2), 11, "revm")),
        (SOURCE, Bench((1, 2), 10, "pyevm")),
    ],
    ids=["source", "seeds", "steps", "chain"],
)
def test_other_sources_or_campaigns_are_tried_anew(
    tmp_path: Path, text: bytes, bench: Bench
) -> None:
    """A verdict holds for one text of the file, and for one set of campaigns."""
    path, again = tmp_path / "python.jsonl", Played(text)
    conduct(Played(), MUTANTS, BENCH, Results(path))
    conduct(again, MUTANTS, bench, Results(path))
    assert len(again.asked) == len(MUTANTS)


def line(**others: object) -> str:
    """A line of results, with other values."""
    texts = dict.fromkeys(("source", "mutant", "after", "campaigns", "by", "detail"), "")
    return json.dumps({**texts, "status": KILLED, "seed": 1, "calls": 1, **others})


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{", "no JSON"),
        ("[]", "texts"),
        ('{"status": "killed"}', "texts"),
        (line(status="dead"), "status"),
        (line(by=None), "texts"),
        (line(seed=-1), "seed"),
        (line(calls="7"), "calls"),
    ],
)
def test_a_damaged_line_is_told(tmp_path: Path, text: str, word: str) -> None:
    """Whatever is no result is refused with file, line and what to do."""
    path = tmp_path / "python.jsonl"
    path.write_text(f"{text}\n", "utf-8")
    with pytest.raises(ResultsError, match=r"python\.jsonl:1: .*" + word) as caught:
        Results(path)
    assert "delete the line" in str(caught.value)


def entry(mutant: Mutant, reason: str = "nobody reads y") -> str:
    """The table of a mutant."""
    words = dict(
        zip(("file", "operator", "function", "before", "after"), mutant.key, strict=False),
        reason=reason,
    )
    lines = [f"{name} = {json.dumps(text)}" for name, text in words.items()]
    return "\n".join(["[[equivalent]]", *lines, f"occurrence = {mutant.occurrence}", ""])


def test_a_report_adds_up() -> None:
    """Every mutant is counted once; equivalents are left out of the kill rate."""
    found = conduct(Played(), MUTANTS, BENCH, Results())
    plain = report(found, MUTANTS, {}, lambda _: SOURCE)
    assert (plain["tried"], plain["killed"], plain["survived"]) == (4, 1, 1)
    assert (plain["same_code"], plain["invalid"], plain["unexplained"]) == (1, 1, 1)
    assert plain["kill_rate"] == "50.0"
    assert plain["killed_by"] == {"divergence": 1}
    assert plain["calls_to_kill"] == {"median": 7, "most": 7}
    (survivor,) = plain["survivors"]
    assert survivor["verdict"] == UNEXPLAINED
    assert (survivor["line"], survivor["before"], survivor["after"]) == (2, "y = 1", "y = (1 + 1)")
    assert "+y = (1 + 1)" in survivor["diff"].splitlines()

    reasons = equivalents.read(entry(MUTANTS[1]))
    known = report(found, MUTANTS, reasons, lambda _: SOURCE)
    assert (known["unexplained"], known["kill_rate"]) == (0, "100.0")
    assert known["survivors"][0]["verdict"] == "nobody reads y"
    assert known["outdated_equivalents"] == []


def test_an_entry_of_a_changed_line_is_outdated() -> None:
    """An entry that fits no mutant of its file is told; one on a file not looked at is not."""
    text = entry(MUTANTS[1]).replace("y = 1", "y = 3")
    other = entry(MUTANTS[0]).replace(FILE, "engine/other.py")
    reasons = equivalents.read(text + other)
    assert [key[3] for key in equivalents.outdated(reasons, MUTANTS)] == ["y = 3"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[[equivalent]", "line 1"),
        ("version = 1", "nothing but"),
        (entry(MUTANTS[1], reason=""), "reason must be a text"),
        (entry(MUTANTS[1]) * 2, "entry 2 says"),
        (entry(MUTANTS[1]).replace('"constant"', '"magic"'), "operator must be"),
        (entry(MUTANTS[1]).replace("occurrence = 0", "occurrence = -1"), "occurrence must be"),
        (entry(MUTANTS[1]) + "line = 4", "line is no key"),
    ],
)
def test_bad_equivalents_are_told(text: str, word: str) -> None:
    """Each fault of the file is told with the entry and what was expected."""
    with pytest.raises(EquivalentsError, match=word):
        equivalents.read(text)


def test_the_shipped_equivalents_can_be_read() -> None:
    """Each entry has a known operator, a file of a mutated side, and a reason."""
    for key, reason in equivalents.shipped().items():
        assert key[0].startswith(("contracts/src/", "engine/", "oracles/"))
        assert len(reason) > 10


def test_a_share_is_rounded_down() -> None:
    """999 of 1000 are 99.9 %, and only all of them are 100."""
    assert [percent(999, 1000), percent(9999, 10_000), percent(5, 5)] == ["99.9", "99.9", "100.0"]
    assert percent(0, 0) == "-"
