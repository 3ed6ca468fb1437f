"""The settlement token, as OpenZeppelin's ERC20 behaves."""

from __future__ import annotations

from tests.engine.desk import ADMIN, UNLIMITED, Desk, open_desk, who
from weiproof.engine.contract import ZERO_ADDRESS

TOKEN = "token"  # noqa: S105 - a contract's name


def error(desk: Desk, sender: str, function: str, *args: object) -> tuple[str, tuple[object, ...]]:
    """How the token refuses."""
    outcome = desk.call(who(sender), TOKEN, function, *args)  # type: ignore[arg-type]
    assert not outcome.ok
    return outcome.error, outcome.error_args


def funded() -> Desk:
    """Account a has 10 units, which h may move."""
    desk = open_desk()
    assert desk.call(ADMIN, TOKEN, "faucet", (who("a"),), (10,), who("h")).ok
    return desk


def test_the_faucet_mints_and_approves() -> None:
    """Balance and supply rise, the spender may move everything."""
    desk = funded()
    assert desk.names() == ["Transfer", "Approval"]
    assert desk.call(ADMIN, TOKEN, "totalSupply").values == (10,)
    assert desk.call(ADMIN, TOKEN, "allowance", who("a"), who("h")).values == (UNLIMITED,)
    assert desk.call(ADMIN, TOKEN, "decimals").values == (6,)


def test_the_faucet_needs_an_amount_for_each_holder() -> None:
    """One amount too few is an index out of range (0x32), a supply too large an overflow (0x11)."""
    desk = funded()
    found = error(desk, "admin", "faucet", (who("a"), who("b")), (1,), who("h"))
    assert found == ("Panic", (0x32,))
    assert error(desk, "admin", "faucet", (who("a"),), (UNLIMITED,), who("h")) == ("Panic", (0x11,))
    found = error(desk, "admin", "faucet", (ZERO_ADDRESS,), (1,), who("h"))
    assert found == ("ERC20InvalidReceiver", (ZERO_ADDRESS,))
    found = error(desk, "admin", "faucet", (who("a"),), (1,), ZERO_ADDRESS)
    assert found == ("ERC20InvalidSpender", (ZERO_ADDRESS,))


def test_transfers_move_what_is_there() -> None:
    """All of it, to oneself too, but not a unit more and not to the zero address."""
    desk = funded()
    assert desk.call(who("a"), TOKEN, "transfer", who("a"), 10).values == (True,)
    assert error(desk, "a", "transfer", who("b"), 11) == (
        "ERC20InsufficientBalance",
        (who("a"), 10, 11),
    )
    assert error(desk, "a", "transfer", ZERO_ADDRESS, 1)[0] == "ERC20InvalidReceiver"
    assert desk.call(who("a"), TOKEN, "transfer", who("b"), 10).ok
    assert desk.call(ADMIN, TOKEN, "balanceOf", who("b")).values == (10,)


def test_an_allowance_is_used_up_unless_it_is_unlimited() -> None:
    """An unlimited one stays; a limited one falls and then refuses."""
    desk = funded()
    assert desk.call(who("h"), TOKEN, "transferFrom", who("a"), who("b"), 1).ok
    assert desk.call(ADMIN, TOKEN, "allowance", who("a"), who("h")).values == (UNLIMITED,)
    assert desk.call(who("a"), TOKEN, "approve", who("h"), 3).ok
    assert desk.call(who("h"), TOKEN, "transferFrom", who("a"), who("b"), 2).ok
    found = error(desk, "h", "transferFrom", who("a"), who("b"), 2)
    assert found == ("ERC20InsufficientAllowance", (who("h"), 1, 2))
    found = error(desk, "h", "transferFrom", ZERO_ADDRESS, who("b"), 0)
    assert found == ("ERC20InvalidApprover", (ZERO_ADDRESS,))
