"""Draws: named streams of a seed."""

from __future__ import annotations

import pytest

from weiproof.engine.draws import Draws


def test_streams_are_fixed_for_all_time() -> None:
    """A seed and a label give these numbers on every machine and version."""
    stream = Draws(7).stream("a")
    assert [stream.below(10) for _ in range(8)] == [5, 6, 6, 9, 1, 8, 2, 5]


def test_streams_do_not_shift_each_other() -> None:
    """Drawing more from one stream leaves another as it is."""
    draws = Draws(1)
    alone = [draws.stream("b").below(1000) for _ in range(1)]
    other = draws.stream("a")
    for _ in range(50):
        other.below(1000)
    assert [draws.stream("b").below(1000)] == alone


def test_labels_and_seeds_differ() -> None:
    """Other labels and other seeds give other numbers."""
    numbers = {
        Draws(seed).stream(label).below(2**200) for seed in (0, 1) for label in ("", "a", "b")
    }
    assert len(numbers) == 6


def test_below_is_without_bias_over_three() -> None:
    """Each of three results comes about as often as the others."""
    stream = Draws(3).stream("bias")
    counts = [0, 0, 0]
    for _ in range(6000):
        counts[stream.below(3)] += 1
    assert all(1850 < count < 2150 for count in counts)


def test_between_includes_both_ends() -> None:
    """A range of two values gives both, also below zero."""
    stream = Draws(3).stream("ends")
    assert {stream.between(-1, 0) for _ in range(50)} == {-1, 0}


def test_chance_is_exact_at_its_ends() -> None:
    """A chance of 0 is never, a chance of 1 always."""
    stream = Draws(3).stream("chance")
    assert not any(stream.chance(0, 5) for _ in range(20))
    assert all(stream.chance(5, 5) for _ in range(20))


def test_choice_takes_every_item() -> None:
    """Every item is chosen sooner or later."""
    stream = Draws(3).stream("choice")
    assert {stream.choice(("x", "y", "z")) for _ in range(60)} == {"x", "y", "z"}


def test_full_width_is_drawn() -> None:
    """A limit of 2**256 is accepted and one of 1 gives 0."""
    stream = Draws(3).stream("wide")
    assert stream.below(2**256) >> 200 != 0
    assert stream.below(1) == 0


@pytest.mark.parametrize(
    "draw",
    [
        lambda s: s.below(0),
        lambda s: s.below(2**256 + 1),
        lambda s: s.between(2, 1),
        lambda s: s.chance(1, 0),
        lambda s: s.chance(2, 1),
        lambda s: s.choice(()),
        lambda s: s.bits(257),
        lambda _: Draws(-1),
        lambda _: Draws(2**64),
    ],
)
def test_impossible_draws_are_refused(draw: object) -> None:
    """What cannot be drawn gives a ValueError."""
    assert callable(draw)
    with pytest.raises(ValueError, match=r"must|chance|choose"):
        draw(Draws(0).stream("x"))
