"""Roles as OpenZeppelin keeps them."""

from __future__ import annotations

from tests.engine.desk import ADMIN, NODE, Desk, open_desk, who
from weiproof.engine.access_control import DEFAULT_ADMIN_ROLE
from weiproof.engine.administration import MATCHER_ROLE, PAUSER_ROLE


def role(desk: Desk, which: bytes, label: str) -> bool:
    """Whether the account has the role on the house."""
    (answer,) = desk.view("hasRole", which, who(label))
    assert isinstance(answer, bool)
    return answer


def test_the_administrator_gives_and_takes_roles() -> None:
    """Given and taken once each; repeated, nothing happens and nothing is said."""
    desk = open_desk()
    desk.do("admin", "grantRole", PAUSER_ROLE, who("p"))
    assert desk.events[0].args == (PAUSER_ROLE, who("p"), ADMIN)
    assert role(desk, PAUSER_ROLE, "p")
    desk.do("admin", "grantRole", PAUSER_ROLE, who("p"))
    assert desk.events == ()
    desk.do("admin", "revokeRole", PAUSER_ROLE, who("p"))
    assert desk.names() == ["RoleRevoked"]
    desk.do("admin", "revokeRole", PAUSER_ROLE, who("p"))
    assert desk.events == ()
    assert not role(desk, PAUSER_ROLE, "p")


def test_others_may_not() -> None:
    """Giving and taking need the administrator's role, which is named."""
    desk = open_desk()
    for function in ("grantRole", "revokeRole"):
        found = desk.refused("a", function, MATCHER_ROLE, who("a"))
        assert found == ("AccessControlUnauthorizedAccount", (who("a"), DEFAULT_ADMIN_ROLE))
    assert desk.view("getRoleAdmin", MATCHER_ROLE) == (DEFAULT_ADMIN_ROLE,)


def test_one_renounces_only_for_oneself() -> None:
    """Another's name is a bad confirmation; one's own role goes, and with it the right."""
    desk = open_desk()
    found = desk.refused("a", "renounceRole", MATCHER_ROLE, who("matcher"))
    assert found == ("AccessControlBadConfirmation", ())
    desk.do("matcher", "renounceRole", MATCHER_ROLE, who("matcher"))
    assert not role(desk, MATCHER_ROLE, "matcher")


def test_each_contract_has_its_own_roles() -> None:
    """The house's administrator may configure the hub because it was given that role there, too."""
    desk = open_desk()
    desk.do("admin", "renounceRole", DEFAULT_ADMIN_ROLE, ADMIN)
    assert not role(desk, DEFAULT_ADMIN_ROLE, "admin")
    outcome = desk.call(ADMIN, "hub", "hasRole", DEFAULT_ADMIN_ROLE, ADMIN)
    assert outcome.values == (True,)
    assert desk.call(NODE, "hub", "hasRole", DEFAULT_ADMIN_ROLE, NODE).values == (False,)
