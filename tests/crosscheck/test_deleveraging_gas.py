"""What the largest usual deleveraging costs: it must fit into a block many times."""

from __future__ import annotations

from weiproof.contracts.chains import actor
from weiproof.crosscheck.gas.rig import (
    BYSTANDERS,
    CRASHED,
    LONG,
    PARTIES,
    RICH,
    STRANGER,
    Rig,
)
from weiproof.crosscheck.gas.setting import HOUR, Size
from weiproof.crosscheck.gas.situation import LONG_FIRST, thin
from weiproof.crosscheck.protocol import faucet_call

MARKETS, COUNTERPARTIES, MOST_GAS = 4, 20, 3_000_000


def test_twenty_counterparties_cost_less_than_three_million_gas() -> None:
    """Each holds four markets, is ranked, gives up profit, and is closed; in one transaction."""
    rig = Rig("pyevm", "plain")
    opposite = list(PARTIES[1::2])
    newcomers = [f"newcomer-{i}" for i in range(COUNTERPARTIES - len(opposite))]
    rig._send(faucet_call(rig.spec, dict.fromkeys(newcomers, RICH)))
    with rig.holding(Size(MARKETS)):
        for label in PARTIES[2::2]:
            rig.trade(LONG, label)
        for label in newcomers:
            rig.house(label, "deposit", RICH // 2)
            rig.trade(LONG, label)
            for market_id in range(1, MARKETS):
                rig.trade(BYSTANDERS[0], label, market_id)
        thin(rig)
        rig.publish(CRASHED)
        rig.house(STRANGER, "flag", actor(LONG))
        for label in (*opposite, *newcomers):
            rig.house(STRANGER, "nominate", 0, actor(label))
        rig.now += HOUR
        rig.publish(CRASHED)
        measured = rig.house(STRANGER, "autoDeleverage", *LONG_FIRST, COUNTERPARTIES)
    assert measured.gas < MOST_GAS, measured
