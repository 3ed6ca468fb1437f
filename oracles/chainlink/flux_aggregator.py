"""``FluxAggregator`` (@chainlink/contracts 0.6.1, v0.6): each oracle submits for itself.

A round begins with its first submission, has an answer from the minimum of submissions on, which
each later one moves, and ends with the maximum. One that timed out without an answer, once the
next begins, carries the answer of the round before: then ``answeredInRound`` is below the id, and
``updatedAt`` says when it was copied. Only :meth:`FluxAggregator.getRoundData` shows such a round:
the latest one is always one that was answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.contract import ZERO_ADDRESS
from weiproof.engine.errors import EmptyRevert, Revert, RevertReason
from weiproof.engine.state import clone

from .flux_oracles import FluxOracles
from .flux_state import ROUND_MAX, RoundDetails
from .safe_math import add, median, sub

if TYPE_CHECKING:
    from typing import TypeAlias

    from weiproof.engine.contract import World

    RoundState: TypeAlias = tuple[bool, int, int, int, int, int, int, int]

UINT32 = 2**32


class FluxAggregator(FluxOracles):
    """The aggregator."""

    def __init__(  # noqa: PLR0913, PLR0917 - the arguments of the twin's constructor
        self,
        world: World,
        name: str,
        link: str,
        paymentAmount: int,
        timeout: int,
        validator: str,
        minSubmissionValue: int,
        maxSubmissionValue: int,
        decimals: int,
        description: str,
    ) -> None:
        super().__init__(world, name, link)
        self._min_submission_value = minSubmissionValue
        self._max_submission_value = maxSubmissionValue
        self._decimals = decimals
        self._description = description
        self.updateFutureRounds(paymentAmount, 0, 0, 0, timeout)
        self.setValidator(validator)
        self._rounds.edit(name, 0).updated_at = sub(world.now, timeout)

    def decimals(self) -> tuple[int]:
        """Decimals of every answer."""
        return (self._decimals,)

    def description(self) -> tuple[str]:
        """What the feed prices, for people."""
        return (self._description,)

    def version(self) -> tuple[int]:
        """Version of the aggregator."""
        return (3,)

    def minSubmissionValue(self) -> tuple[int]:
        """Lowest value that is taken."""
        return (self._min_submission_value,)

    def maxSubmissionValue(self) -> tuple[int]:
        """Highest value that is taken."""
        return (self._max_submission_value,)

    def validator(self) -> tuple[str]:
        """Who is told of each answer; nobody where it is the zero address."""
        return (self._set.validator,)

    def setValidator(self, newValidator: str) -> None:
        """Sets who is told of each answer."""
        self.only_owner()
        before = self._set.validator
        if before != newValidator:
            # EFFECTS
            self._settings.edit(self.name).validator = newValidator
            # EVENTS
            self.emit("ValidatorUpdated", before, newValidator)

    # SUBMISSIONS

    def submit(self, roundId: int, submission: int) -> None:
        """Takes an oracle's value for a round; of the id 32 bits count.

        Values outside the bounds are refused before the caller is: they are never clamped.
        """
        round_id, oracle = roundId % UINT32, self.world.sender
        refusal = self._refusal(oracle, round_id)
        if submission < self._min_submission_value:
            raise RevertReason("value below minSubmissionValue")
        if submission > self._max_submission_value:
            raise RevertReason("value above maxSubmissionValue")
        if refusal:
            raise RevertReason(refusal)
        if self._is_new(round_id) and self._delayed(oracle, round_id):
            self._begin(round_id)
            self._oracles.edit(self.name, oracle).last_started_round = round_id
        self._record(oracle, round_id, submission)
        answered = self._answer(round_id)
        self._pay(oracle, round_id)
        details = self._round_details(round_id)
        if len(details.submissions) >= details.max_submissions:
            self._details.delete(self.name, round_id)
        if answered:
            self._validate(round_id, self._round(round_id).answer)

    def requestNewRound(self) -> tuple[int]:
        """Starts a round without a submission; its id."""
        sender, current = self.world.sender, self._set.reporting_round_id
        requester = self._requesters.read(self.name, sender)
        if not requester.authorized:
            raise RevertReason("not authorized requester")
        if not self._supersedable(current):
            raise RevertReason("prev round must be supersedable")
        round_id, last_started = add(current, 1, 32), requester.last_started_round
        if round_id <= last_started + requester.delay and last_started != 0:
            raise RevertReason("must delay requests")
        self._begin(round_id)
        self._requesters.edit(self.name, sender).last_started_round = round_id
        return (round_id,)

    def _begin(self, round_id: int) -> None:
        # EFFECTS
        self._give_up(sub(round_id, 1))
        settings = self._settings.edit(self.name)
        settings.reporting_round_id = round_id
        self._details.put(
            RoundDetails(
                (),
                settings.max_submission_count,
                settings.min_submission_count,
                settings.timeout,
                settings.payment_amount,
            ),
            self.name,
            round_id,
        )
        self._rounds.edit(self.name, round_id).started_at = self.world.now
        # EVENTS
        self.emit("NewRound", round_id, self.world.sender, self.world.now)

    def _give_up(self, round_id: int) -> None:
        """Copies the answer before into a round that timed out, answered or not."""
        if not self._timed_out(round_id):
            return
        before = self._round(sub(round_id, 1))
        # EFFECTS
        stored = self._rounds.edit(self.name, round_id)
        stored.answer = before.answer
        stored.answered_in_round = before.answered_in_round
        stored.updated_at = self.world.now
        self._details.delete(self.name, round_id)

    def _record(self, oracle: str, round_id: int, submission: int) -> None:
        if not self._accepting(round_id):
            raise RevertReason("round not accepting submissions")
        # EFFECTS
        details = self._details.edit(self.name, round_id)
        details.submissions = (*details.submissions, submission)
        status = self._oracles.edit(self.name, oracle)
        status.last_reported_round, status.latest_submission = round_id, submission
        # EVENTS
        self.emit("SubmissionReceived", submission, round_id, oracle)

    def _answer(self, round_id: int) -> bool:
        """Sets the round's answer, if it has enough submissions; whether it has."""
        details = self._round_details(round_id)
        if len(details.submissions) < details.min_submissions:
            return False
        # EFFECTS
        stored = self._rounds.edit(self.name, round_id)
        stored.answer = median(details.submissions)
        stored.updated_at, stored.answered_in_round = self.world.now, round_id
        self._settings.edit(self.name).latest_round_id = round_id
        # EVENTS
        self.emit("AnswerUpdated", stored.answer, round_id, self.world.now)
        return True

    def _pay(self, oracle: str, round_id: int) -> None:
        payment = self._round_details(round_id).payment_amount
        # EFFECTS
        settings, status = self._settings.edit(self.name), self._oracles.edit(self.name, oracle)
        settings.available = sub(settings.available, payment)
        settings.allocated = add(settings.allocated, payment, 128)
        status.withdrawable = add(status.withdrawable, payment, 128)
        # EVENTS
        self.emit("AvailableFundsUpdated", settings.available)

    def _validate(self, round_id: int, answer: int) -> None:
        """Tells the validator. What reverts there is dropped with what it wrote.

        But without data: what has no code, and what answers with less than a word, reverts all.
        """
        validator, world = self._set.validator, self.world
        if validator == ZERO_ADDRESS:
            return
        if validator not in world.deployed:
            raise EmptyRevert
        before = self._round(sub(round_id, 1))
        events, records = len(world.events), world.store.overlay.items()
        kept = {key: clone(record) for key, record in records}
        told = (before.answered_in_round, before.answer, round_id, answer)
        try:
            answered = self.call(validator, "validate", *told)
        except Revert:
            del world.events[events:]
            world.store.overlay = kept
            return
        if not answered:
            raise EmptyRevert

    # READS

    def latestAnswer(self) -> tuple[int]:
        """Answer of the latest round that has one; 0 before."""
        return (self._round(self._set.latest_round_id).answer,)

    def latestTimestamp(self) -> tuple[int]:
        """Update time of the latest answer; before, the time of deployment less the timeout."""
        return (self._round(self._set.latest_round_id).updated_at,)

    def latestRound(self) -> tuple[int]:
        """Id of the latest round that has an answer of its own."""
        return (self._set.latest_round_id,)

    def getAnswer(self, roundId: int) -> tuple[int]:
        """Answer of a round; 0 where it has none."""
        return (self._round(roundId).answer if roundId <= ROUND_MAX else 0,)

    def getTimestamp(self, roundId: int) -> tuple[int]:
        """Update time of a round; 0 where it has none."""
        return (self._round(roundId).updated_at if roundId <= ROUND_MAX else 0,)

    def getRoundData(self, roundId: int) -> tuple[int, int, int, int, int]:
        """A round: id, answer, startedAt, updatedAt, answeredInRound. Reverts without an answer."""
        stored = self._round(roundId % UINT32)
        if stored.answered_in_round == 0 or roundId > ROUND_MAX:
            raise RevertReason("No data present")
        times = (stored.started_at, stored.updated_at)
        return (roundId, stored.answer, *times, stored.answered_in_round)

    def latestRoundData(self) -> tuple[int, int, int, int, int]:
        """The latest round that has an answer of its own. Reverts before the first."""
        return self.getRoundData(self._set.latest_round_id)

    def oracleRoundState(self, oracle: str, queriedRoundId: int) -> RoundState:
        """What an oracle needs to know of a round, or of the one it should report on, for 0.

        Whether it may submit, the id, its latest submission, startedAt, timeout, available funds,
        number of oracles, payment. Not for contracts.
        """
        if self.world.sender != self.world.origin:
            raise RevertReason("off-chain reading only")
        if queriedRoundId > 0:
            return self._state_of(oracle, queriedRoundId)
        return self._suggested(oracle)

    def _state_of(self, oracle: str, round_id: int) -> RoundState:
        started = self._round(round_id).started_at > 0
        open_to = self._accepting(round_id) if started else self._delayed(oracle, round_id)
        eligible = open_to and not self._refusal(oracle, round_id)
        asked = self._round_details(round_id) if started else self._set
        return self._told(oracle, round_id, asked.payment_amount, eligible=eligible)

    def _suggested(self, oracle: str) -> RoundState:
        reporting = self._set.reporting_round_id
        reported = self._oracle(oracle).last_reported_round == reporting
        supersede = self._supersedable(reporting)
        if supersede and (reported or not self._accepting(reporting)):
            round_id = add(reporting, 1, 32)
            payment, eligible = self._set.payment_amount, self._delayed(oracle, round_id)
        else:
            round_id = reporting
            payment = self._round_details(round_id).payment_amount
            eligible = self._accepting(round_id)
        eligible = not self._refusal(oracle, round_id) and eligible
        return self._told(oracle, round_id, payment, eligible=eligible)

    def _told(self, oracle: str, round_id: int, payment: int, *, eligible: bool) -> RoundState:
        return (
            eligible,
            round_id,
            self._oracle(oracle).latest_submission,
            self._round(round_id).started_at,
            self._round_details(round_id).timeout,
            self._set.available,
            len(self._set.oracles),
            payment,
        )
