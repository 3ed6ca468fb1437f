"""Roles as OpenZeppelin keeps them."""

from __future__ import annotations

from tests.engine.desk import ADMIN, NODE, Desk, open_desk, who
from weiproof.engine.access_control import DEFAULT_ADMIN_ROLE
from weiproof.engine.administration import MATCHER_ROLE, PAUSER_ROLE
from weiproof.engine.contract import ZERO_ADDRESS

DAY = 86_400


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
    desk.do("admin", "beginDefaultAdminTransfer", ZERO_ADDRESS)
    desk.now += DAY + 1
    desk.do("admin", "renounceRole", DEFAULT_ADMIN_ROLE, ADMIN)
    assert desk.view("owner") == (ZERO_ADDRESS,)
    assert not role(desk, DEFAULT_ADMIN_ROLE, "admin")
    outcome = desk.call(ADMIN, "hub", "hasRole", DEFAULT_ADMIN_ROLE, ADMIN)
    assert outcome.values == (True,)
    assert desk.call(NODE, "hub", "hasRole", DEFAULT_ADMIN_ROLE, NODE).values == (False,)


def test_the_administrator_role_is_neither_given_nor_taken() -> None:
    """It changes hands by its own rules, whoever asks."""
    desk = open_desk()
    for label in ("admin", "a"):
        for function in ("grantRole", "revokeRole"):
            found = desk.refused(label, function, DEFAULT_ADMIN_ROLE, ADMIN)
            assert found == ("AccessControlEnforcedDefaultAdminRules", ())
    found = desk.refused("admin", "renounceRole", DEFAULT_ADMIN_ROLE, ADMIN)
    assert found == ("AccessControlEnforcedDefaultAdminDelay", (0,))


def test_another_administrator_takes_over_in_two_steps() -> None:
    """Named by the one, accepted by the other, later than a day after."""
    desk = open_desk()
    refused = desk.refused("b", "acceptDefaultAdminTransfer")
    assert refused == ("AccessControlInvalidDefaultAdmin", (who("b"),))
    assert desk.refused("b", "beginDefaultAdminTransfer", who("b"))[0].endswith("Account")
    desk.do("admin", "beginDefaultAdminTransfer", who("b"))
    due = desk.now + DAY
    assert desk.view("pendingDefaultAdmin") == (who("b"), due)
    desk.now = due
    refused = desk.refused("b", "acceptDefaultAdminTransfer")
    assert refused == ("AccessControlEnforcedDefaultAdminDelay", (due,))
    desk.now += 1
    desk.do("b", "acceptDefaultAdminTransfer")
    assert desk.names() == ["RoleRevoked", "RoleGranted"]
    assert desk.view("defaultAdmin") == (who("b"),)
    assert desk.view("pendingDefaultAdmin") == (ZERO_ADDRESS, 0)
    assert not role(desk, DEFAULT_ADMIN_ROLE, "admin")
    desk.do("b", "grantRole", PAUSER_ROLE, who("b"))
    desk.do("admin", "setPaused", True)


def test_a_transfer_can_be_cancelled_or_replaced() -> None:
    """Who was named before may not accept any more."""
    desk = open_desk()
    desk.do("admin", "beginDefaultAdminTransfer", who("b"))
    desk.do("admin", "beginDefaultAdminTransfer", who("c"))
    assert desk.names() == ["DefaultAdminTransferCanceled", "DefaultAdminTransferScheduled"]
    desk.do("admin", "cancelDefaultAdminTransfer")
    assert desk.names() == ["DefaultAdminTransferCanceled"]
    desk.do("admin", "cancelDefaultAdminTransfer")
    assert desk.names() == []
    desk.now += DAY + 1
    for label in "bc":
        assert desk.refused(label, "acceptDefaultAdminTransfer")[0].endswith("DefaultAdmin")


def test_a_longer_delay_comes_after_itself_and_a_shorter_one_after_the_difference() -> None:
    """Five days at most; until then the present one counts, and it may be rolled back."""
    desk = open_desk()
    (most,) = desk.view("defaultAdminDelayIncreaseWait")
    for delay, wait in ((2 * DAY, 2 * DAY), (3_600, DAY - 3_600), (9 * DAY, most)):
        desk.do("admin", "changeDefaultAdminDelay", delay)
        assert desk.view("pendingDefaultAdminDelay") == (delay, desk.now + int(str(wait)))
        assert desk.view("defaultAdminDelay") == (DAY,)
    desk.do("admin", "rollbackDefaultAdminDelay")
    assert desk.names() == ["DefaultAdminDelayChangeCanceled"]
    desk.do("admin", "changeDefaultAdminDelay", 3_600)
    desk.now += DAY
    assert desk.view("defaultAdminDelay") == (3_600,)
    desk.do("admin", "changeDefaultAdminDelay", 2**48 - 1)
    assert desk.names() == ["DefaultAdminDelayChangeScheduled"]
    desk.now += int(str(most)) + 1
    assert desk.refused("admin", "beginDefaultAdminTransfer", who("b"))[0] == "Panic"
