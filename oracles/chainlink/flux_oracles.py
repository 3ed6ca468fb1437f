"""Who reports to a ``FluxAggregator``, what they are paid, and who says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.errors import EmptyRevert, RevertReason

from .flux_state import ROUND_MAX, FluxState, OracleStatus, Requester
from .safe_math import add, sub

if TYPE_CHECKING:
    from weiproof.engine.contract import World

MAX_ORACLE_COUNT = 77
UINT128 = 2**128


class FluxOracles(FluxState):
    """Membership, settings and funds of the aggregator."""

    def __init__(self, world: World, name: str, link: str) -> None:
        super().__init__(world, name)
        self._link = link

    def linkToken(self) -> tuple[str]:
        """The token that oracles are paid with."""
        return (self._link,)

    # MEMBERS

    def oracleCount(self) -> tuple[int]:
        """How many oracles there are."""
        return (len(self._set.oracles),)

    def getOracles(self) -> tuple[tuple[str, ...]]:
        """The oracles; whoever is removed leaves the place to the last one."""
        return (self._set.oracles,)

    def getAdmin(self, oracle: str) -> tuple[str]:
        """Who may withdraw what an oracle earned; kept when the oracle is removed."""
        return (self._oracle(oracle).admin,)

    def changeOracles(
        self,
        removed: tuple[str, ...],
        added: tuple[str, ...],
        addedAdmins: tuple[str, ...],
        minSubmissions: int,
        maxSubmissions: int,
        restartDelay: int,
    ) -> None:
        """Removes oracles, adds others, and sets what future rounds need of them."""
        self.only_owner()
        for oracle in removed:
            self._remove(oracle)
        if len(added) != len(addedAdmins):
            raise RevertReason("need same oracle and admin count")
        if len(self._set.oracles) + len(added) > MAX_ORACLE_COUNT:
            raise RevertReason("max oracles allowed")
        for oracle, admin in zip(added, addedAdmins, strict=True):
            self._add(oracle, admin)
        now = self._set
        self.updateFutureRounds(
            now.payment_amount, minSubmissions, maxSubmissions, restartDelay, now.timeout
        )

    def transferAdmin(self, oracle: str, newAdmin: str) -> None:
        """Offers an oracle's earnings to another admin."""
        self._only_admin(oracle)
        # EFFECTS
        self._oracles.edit(self.name, oracle).pending_admin = newAdmin
        # EVENTS
        self.emit("OracleAdminUpdateRequested", oracle, self.world.sender, newAdmin)

    def acceptAdmin(self, oracle: str) -> None:
        """Takes over the earnings that were offered to the caller."""
        if self._oracle(oracle).pending_admin != self.world.sender:
            raise RevertReason("only callable by pending admin")
        # EFFECTS
        status = self._oracles.edit(self.name, oracle)
        status.pending_admin, status.admin = ZERO_ADDRESS, self.world.sender
        # EVENTS
        self.emit("OracleAdminUpdated", oracle, self.world.sender)

    def setRequesterPermissions(self, requester: str, authorized: bool, delay: int) -> None:
        """Lets somebody start rounds, `delay` rounds apart; nothing happens where it is so."""
        self.only_owner()
        if self._requesters.read(self.name, requester).authorized == authorized:
            return
        # EFFECTS
        record = Requester(authorized=True, delay=delay) if authorized else Requester()
        self._requesters.put(record, self.name, requester)
        # EVENTS
        self.emit("RequesterPermissionsSet", requester, authorized, delay)

    def _add(self, oracle: str, admin: str) -> None:
        status = self._oracles.edit(self.name, oracle)
        if _enabled(status):
            raise RevertReason("oracle already enabled")
        if admin == ZERO_ADDRESS:
            raise RevertReason("cannot set admin to 0")
        if status.admin not in {ZERO_ADDRESS, admin}:
            raise RevertReason("owner cannot overwrite admin")
        # EFFECTS
        settings = self._settings.edit(self.name)
        current = settings.reporting_round_id
        still_in = current != 0 and current == status.ending_round
        status.starting_round = current if still_in else add(current, 1, 32)
        status.ending_round = ROUND_MAX
        status.index = len(settings.oracles)
        status.admin = admin
        settings.oracles = (*settings.oracles, oracle)
        # EVENTS
        self.emit("OraclePermissionsUpdated", oracle, True)
        self.emit("OracleAdminUpdated", oracle, admin)

    def _remove(self, oracle: str) -> None:
        status = self._oracles.edit(self.name, oracle)
        if not _enabled(status):
            raise RevertReason("oracle not enabled")
        # EFFECTS
        settings = self._settings.edit(self.name)
        status.ending_round = add(settings.reporting_round_id, 1, 32)
        tail, index = settings.oracles[-1], status.index
        self._oracles.edit(self.name, tail).index = index
        status.index = 0
        moved = (*settings.oracles[:index], tail, *settings.oracles[index + 1 :])
        settings.oracles = moved[:-1]
        # EVENTS
        self.emit("OraclePermissionsUpdated", oracle, False)

    def _only_admin(self, oracle: str) -> None:
        if self._oracle(oracle).admin != self.world.sender:
            raise RevertReason("only callable by admin")

    # SETTINGS

    def updateFutureRounds(
        self,
        paymentAmount: int,
        minSubmissions: int,
        maxSubmissions: int,
        restartDelay: int,
        timeout: int,
    ) -> None:
        """Sets what later rounds go by: juels a submission, submissions, rounds, seconds."""
        self.only_owner()
        count = len(self._set.oracles)
        if maxSubmissions < minSubmissions:
            raise RevertReason("max must equal/exceed min")
        if count < maxSubmissions:
            raise RevertReason("max cannot exceed total")
        if count != 0 and count <= restartDelay:
            raise RevertReason("delay cannot exceed total")
        if self._set.available < self._required_reserve(paymentAmount):
            raise RevertReason("insufficient funds for payment")
        if count > 0 and minSubmissions == 0:
            raise RevertReason("min must be greater than 0")
        # EFFECTS
        settings = self._settings.edit(self.name)
        settings.payment_amount = paymentAmount
        settings.min_submission_count = minSubmissions
        settings.max_submission_count = maxSubmissions
        settings.restart_delay = restartDelay
        settings.timeout = timeout
        # EVENTS
        self.emit(
            "RoundDetailsUpdated",
            paymentAmount,
            minSubmissions,
            maxSubmissions,
            restartDelay,
            timeout,
        )

    def paymentAmount(self) -> tuple[int]:
        """What one submission earns in later rounds, juels."""
        return (self._set.payment_amount,)

    def minSubmissionCount(self) -> tuple[int]:
        """Submissions from which later rounds have an answer."""
        return (self._set.min_submission_count,)

    def maxSubmissionCount(self) -> tuple[int]:
        """Submissions with which later rounds end."""
        return (self._set.max_submission_count,)

    def restartDelay(self) -> tuple[int]:
        """Rounds that an oracle waits before it starts another."""
        return (self._set.restart_delay,)

    def timeout(self) -> tuple[int]:
        """Seconds after which later rounds can be given up; 0 for never."""
        return (self._set.timeout,)

    # FUNDS

    def allocatedFunds(self) -> tuple[int]:
        """What oracles have earned and not withdrawn, juels."""
        return (self._set.allocated,)

    def availableFunds(self) -> tuple[int]:
        """What later submissions can be paid from, juels."""
        return (self._set.available,)

    def withdrawablePayment(self, oracle: str) -> tuple[int]:
        """What an oracle has earned and not withdrawn, juels."""
        return (self._oracle(oracle).withdrawable,)

    def updateAvailableFunds(self) -> None:
        """Counts the token again: 128 bits are kept, the event has all of them."""
        balance = self.call(self._link, "balanceOf", self.address)[0]
        available = sub(int(balance), self._set.allocated)  # type: ignore[arg-type]  # a token
        if self._set.available != available:
            # EFFECTS
            self._settings.edit(self.name).available = available % UINT128
            # EVENTS
            self.emit("AvailableFundsUpdated", available)

    def onTokenTransfer(self, sender: str, amount: int, data: bytes) -> None:  # noqa: ARG002 - ABI
        """Counts the token again, whoever calls, if nothing is sent along."""
        if len(data) != 0:
            raise RevertReason("transfer doesn't accept calldata")
        self.updateAvailableFunds()

    def withdrawPayment(self, oracle: str, recipient: str, amount: int) -> None:
        """Pays an oracle's earnings out; of the amount 128 bits count."""
        self._only_admin(oracle)
        amount %= UINT128
        if self._oracle(oracle).withdrawable < amount:
            raise RevertReason("insufficient withdrawable funds")
        # EFFECTS
        self._oracles.edit(self.name, oracle).withdrawable -= amount
        settings = self._settings.edit(self.name)
        settings.allocated = sub(settings.allocated, amount)
        # a token that answers false meets an assert, which leaves no data
        if not self.call(self._link, "transfer", recipient, amount)[0]:
            raise EmptyRevert

    def withdrawFunds(self, recipient: str, amount: int) -> None:
        """Pays the owner what exceeds the reserve."""
        self.only_owner()
        if sub(self._set.available, self._required_reserve(self._set.payment_amount)) < amount:
            raise RevertReason("insufficient reserve funds")
        if not self.call(self._link, "transfer", recipient, amount)[0]:
            raise RevertReason("token transfer failed")
        self.updateAvailableFunds()


def _enabled(status: OracleStatus) -> bool:
    return status.ending_round == ROUND_MAX
