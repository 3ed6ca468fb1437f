"""What a ``FluxAggregator`` keeps, and what can be told from it without changing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.state import Record, Table

from .owned import Owned
from .safe_math import add, sub

if TYPE_CHECKING:
    from weiproof.engine.contract import World

ROUND_MAX = 2**32 - 1
RESERVE_ROUNDS = 2
"""Rounds for which funds must be left."""


@dataclass(slots=True)
class FluxSettings(Record):
    """What future rounds go by, the funds, and where the aggregator stands; funds in juels."""

    payment_amount: int = 0
    max_submission_count: int = 0
    min_submission_count: int = 0
    restart_delay: int = 0
    timeout: int = 0
    validator: str = ZERO_ADDRESS
    reporting_round_id: int = 0
    latest_round_id: int = 0
    available: int = 0
    allocated: int = 0
    oracles: tuple[str, ...] = ()


@dataclass(slots=True)
class FluxRound(Record):
    """One round."""

    answer: int = 0
    started_at: int = 0
    updated_at: int = 0
    answered_in_round: int = 0


@dataclass(slots=True)
class RoundDetails(Record):
    """What a round goes by while it takes submissions."""

    submissions: tuple[int, ...] = ()
    max_submissions: int = 0
    min_submissions: int = 0
    timeout: int = 0
    payment_amount: int = 0


@dataclass(slots=True)
class OracleStatus(Record):
    """One oracle, past or present."""

    withdrawable: int = 0
    starting_round: int = 0
    ending_round: int = 0
    last_reported_round: int = 0
    last_started_round: int = 0
    latest_submission: int = 0
    index: int = 0
    admin: str = ZERO_ADDRESS
    pending_admin: str = ZERO_ADDRESS


@dataclass(slots=True)
class Requester(Record):
    """Somebody who may start rounds without being an oracle."""

    authorized: bool = False
    delay: int = 0
    last_started_round: int = 0


class FluxState(Owned):
    """State of the aggregator."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self._settings = Table(world.store, "fluxSettings", FluxSettings)
        self._rounds = Table(world.store, "fluxRound", FluxRound)
        self._details = Table(world.store, "fluxDetails", RoundDetails)
        self._oracles = Table(world.store, "fluxOracle", OracleStatus)
        self._requesters = Table(world.store, "fluxRequester", Requester)

    @property
    def _set(self) -> FluxSettings:
        """The settings, not to be changed."""
        return self._settings.read(self.name)

    def _oracle(self, oracle: str) -> OracleStatus:
        """An oracle, not to be changed."""
        return self._oracles.read(self.name, oracle)

    def _round(self, round_id: int) -> FluxRound:
        """A round, not to be changed."""
        return self._rounds.read(self.name, round_id)

    def _round_details(self, round_id: int) -> RoundDetails:
        """A round's details, not to be changed."""
        return self._details.read(self.name, round_id)

    # ROUNDS

    def _timed_out(self, round_id: int) -> bool:
        """Whether a round that takes submissions has taken too long; its last second is in time."""
        started_at, timeout = (
            self._round(round_id).started_at,
            self._round_details(round_id).timeout,
        )
        return started_at > 0 and timeout > 0 and started_at + timeout < self.world.now

    def _supersedable(self, round_id: int) -> bool:
        """Whether the next round may begin."""
        return self._round(round_id).updated_at > 0 or self._timed_out(round_id)

    def _accepting(self, round_id: int) -> bool:
        """Whether a round takes submissions."""
        return self._round_details(round_id).max_submissions != 0

    def _is_new(self, round_id: int) -> bool:
        """Whether it is the round after the one that is reported on."""
        return round_id == add(self._set.reporting_round_id, 1, 32)

    def _delayed(self, oracle: str, round_id: int) -> bool:
        """Whether an oracle has waited for long enough to start a round."""
        last_started = self._oracle(oracle).last_started_round
        return round_id > last_started + self._set.restart_delay or last_started == 0

    def _refusal(self, oracle: str, round_id: int) -> str:  # noqa: PLR0911 - one a reason
        """Why an oracle may not report on a round; empty where it may.

        Reverts where the last possible id is asked about and is not the reported or next one.
        """
        status, reporting = self._oracle(oracle), self._set.reporting_round_id
        if status.starting_round == 0:
            return "not enabled oracle"
        if status.starting_round > round_id:
            return "not yet enabled oracle"
        if status.ending_round < round_id:
            return "no longer allowed oracle"
        if status.last_reported_round >= round_id:
            return "cannot report on previous rounds"
        if round_id != reporting and not self._is_new(round_id):
            late = add(round_id, 1, 32) == reporting and self._round(reporting).updated_at == 0
            if not late:
                return "invalid round to report"
        if round_id != 1 and not self._supersedable(sub(round_id, 1)):
            return "previous round not supersedable"
        return ""

    # FUNDS

    def _required_reserve(self, payment: int) -> int:
        """Funds that must be left: two rounds of all oracles."""
        return payment * len(self._set.oracles) * RESERVE_ROUNDS
