"""Whatever a campaign leads to, everybody can be brought to health or closure."""

from __future__ import annotations

import pytest

from tests.crosscheck.sampled_states import CALLS, EVERY, states
from tests.engine.desk import open_desk, who
from weiproof.crosscheck.liveness import Stuck, resolve
from weiproof.engine.fixed_point import WAD


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_state_can_be_resolved(seed: int) -> None:
    """From each sampled state on nobody is liquidatable in the end; then nothing is left to do."""
    resolved = calls = 0
    for scene in states(seed):
        calls += len(resolve(scene.model, scene.outsider, scene.now))
        resolved += 1
        assert resolve(scene.model, scene.outsider, scene.now) == []
        for account in scene.parties:
            assert scene.ask("house", "isLiquidatable", account) == (False,)
    assert resolved > CALLS // EVERY // 2
    assert calls > resolved // 2


def test_a_stale_price_is_told() -> None:
    """Where a price is too old the search ends with what is refused."""
    desk = open_desk()
    desk.price(2_000 * WAD)
    for label in "ab":
        desk.deposit(label, 10_000)
    desk.trade("a", "b", 0, "10", "2000")
    desk.now += 86_400
    with pytest.raises(Stuck, match="StalePrice"):
        resolve(desk.model, who("k"), desk.now)
