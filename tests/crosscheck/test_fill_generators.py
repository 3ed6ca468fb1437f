"""The generators of fills and auctions stand at the edges that they name."""

from __future__ import annotations

from tests.crosscheck.test_generators import play, played
from weiproof.crosscheck.fuzz import auctions, market_fills

SEEDS = range(1, 9)


def test_the_edge_of_the_limit_is_one_tick_wide() -> None:
    """Where the last price within the limit is filled, the one before it was refused for it."""
    filled = 0
    for seed in SEEDS:
        played_out = play(played(seed), market_fills.limit_edge)
        fills = [each for each in played_out if each[0].function == "liquidateToMarket"]
        if not fills or not fills[-1][1].ok:
            continue
        (outside, refused), (inside, _) = fills[-2:]
        assert refused.error in {"PriceBeyondLimit", "PriceOutsideBand", "InvalidPrice"}
        assert outside.args[:3] == inside.args[:3]
        assert outside.args[3] != inside.args[3]
        filled += refused.error == "PriceBeyondLimit"
    assert filled >= 2


def test_fills_go_through_and_are_refused() -> None:
    """Over some seeds there are both, and more than one reason."""
    errors = {o.error for s in SEEDS for _, o in play(played(s), market_fills.fill) if not o.ok}
    names = {e.name for s in SEEDS for _, o in play(played(s), market_fills.fill) for e in o.events}
    assert "MarketFilled" in names
    assert len(errors) >= 2


def test_auctions_begin_and_are_taken_or_void() -> None:
    """By one generator keepers take over within them, by the other they come to nothing."""
    taken = [o for s in SEEDS for _, o in play(played(s), auctions.by_auction)]
    void = [o for s in range(1, 25) for _, o in play(played(s), auctions.void)]
    for outcomes in (taken, void):
        assert "AuctionBegun" in {e.name for o in outcomes for e in o.events}
    assert "Liquidated" in {e.name for o in taken for e in o.events}
    assert "AuctionEnded" in {e.name for o in void for e in o.events}
    assert "NoAuction" in {o.error for o in (*taken, *void)}
