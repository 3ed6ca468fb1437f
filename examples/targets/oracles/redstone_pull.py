"""RedStone's consumers, which read signed prices behind the arguments of a call.

The consumer bases of @redstone-finance/evm-connector 0.9.0 under a thin contract of our own, which
makes their reads callable and calls itself with a payload appended, and what the package ships as
it is: the library of defaults, the demo service's consumer, and the mock of ten signers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import redstone_draws as draws

from weiproof.crosscheck.targets import Deploy, Target
from weiproof.engine.contract import Contract
from weiproof.engine.errors import Revert
from weiproof.oracles.redstone.consumer import RedstoneConsumer, aggregated, check_timestamp
from weiproof.oracles.redstone.payload import calldata
from weiproof.oracles.redstone.signatures import address_of

if TYPE_CHECKING:
    from weiproof.crosscheck.targets.scene import Scene
    from weiproof.engine.contract import World

VALUE = bytes.fromhex("7bfb0934")
VALUES = bytes.fromhex("ca8de116")
VALUES_AND_TIMESTAMP = bytes.fromhex("07187272")
VALUES_WITH_DUPLICATES = bytes.fromhex("b3061c68")

DEMO_SIGNER = "0x0c39486f770b26f5527bbbf942726537986cd7eb"
"""The demo service's; its key is RedStone's."""

MOCK_PHRASE = "test test test test test test test test test test test junk"
"""Hardhat's public phrase, of whose accounts the mock authorises the first nineteen."""

MOCK_THRESHOLD = 10
MOCK_SINCE = 1_654_353_400_000
"""Milliseconds; the mock takes no older data, and no others are too old or too new."""


def mock_key(place: int) -> bytes:
    """Key of one of the phrase's accounts."""
    from eth_account.hdaccount import key_from_seed, seed_from_mnemonic

    return bytes(key_from_seed(seed_from_mnemonic(MOCK_PHRASE, ""), f"m/44'/60'/0'/0/{place}"))


MOCK_KEYS = tuple(map(mock_key, (*range(11), 19)))
"""Keys of eleven authorised signers, and of the one who is not."""


class TimestampIsNotValid(Revert):
    """Of the mock: data older than 2022."""

    selector = bytes.fromhex("355b8743")


class Defaults(Contract):
    """Twin of ``SampleRedstoneDefaultsLib``."""

    def validateTimestamp(self, receivedTimestampMilliseconds: int) -> None:
        """Three minutes late, one early."""
        check_timestamp(receivedTimestampMilliseconds, self.world.now)

    def aggregateValues(self, values: tuple[int, ...]) -> tuple[int]:
        """The floored median."""
        return (aggregated(values),)


class Readable(RedstoneConsumer):
    """Twin of the thin contract that makes a consumer's reads callable."""

    def value(self, id: bytes, payload: bytes = b"") -> tuple[int]:  # noqa: A002 - ABI
        """One value."""
        return (self.oracle_values((id,), calldata(VALUE, (id,), payload))[0],)

    def values(self, ids: tuple[bytes, ...], payload: bytes = b"") -> tuple[tuple[int, ...]]:
        """Values of different feeds."""
        return (self.oracle_values(ids, calldata(VALUES, (32, len(ids), *ids), payload)),)

    def valuesAndTimestamp(
        self, ids: tuple[bytes, ...], payload: bytes = b""
    ) -> tuple[tuple[int, ...], int]:
        """Values, and a time that was not judged."""
        data = calldata(VALUES_AND_TIMESTAMP, (32, len(ids), *ids), payload)
        return self.oracle_values_and_timestamp(ids, data)

    def valuesWithDuplicates(
        self, ids: tuple[bytes, ...], payload: bytes = b""
    ) -> tuple[tuple[int, ...]]:
        """Values of feeds that may repeat."""
        data = calldata(VALUES_WITH_DUPLICATES, (32, len(ids), *ids), payload)
        return (self.oracle_values_with_duplicates(ids, data),)

    valueFrom = value
    valuesFrom = values
    valuesAndTimestampFrom = valuesAndTimestamp
    valuesWithDuplicatesFrom = valuesWithDuplicates

    def timestampFrom(self, payload: bytes) -> tuple[int]:
        """The time that all packages carry."""
        return self.extractTimestampsAndAssertAllAreEqual(payload)


class Demo(Readable):
    """Twin of ``MainDemoConsumerBase``."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name, (DEMO_SIGNER,), 1)

    def getDataServiceId(self) -> tuple[str]:
        """Name of the demo service."""
        return ("redstone-main-demo",)


class Mock(Readable):
    """Twin of ``RedstoneConsumerNumericMock``."""

    def __init__(self, world: World, name: str) -> None:
        authorised = map(address_of, map(mock_key, range(19)))
        super().__init__(world, name, tuple(authorised), MOCK_THRESHOLD)

    def validateTimestamp(self, receivedTimestampMilliseconds: int) -> None:
        """From 2022 on."""
        if receivedTimestampMilliseconds < MOCK_SINCE:
            raise TimestampIsNotValid

    def getAuthorisedMockSignerIndex(self, signerAddress: str) -> tuple[int]:
        """All but the last."""
        return self.getAuthorisedSignerIndex(signerAddress)

    getAllMockExceptLastOneAuthorised = getAuthorisedMockSignerIndex

    def getAllMockAuthorised(self, signerAddress: str) -> tuple[int]:
        """The last one, too."""
        if signerAddress == MOCK_LAST:
            return (19,)
        return self.getAuthorisedSignerIndex(signerAddress)


MOCK_LAST = address_of(MOCK_KEYS[-1])


def mock_payload(scene: Scene) -> bytes:
    """A payload of the mock's signers, now and then of 2021."""
    at = scene.among(draws.milliseconds(scene), draws.milliseconds(scene), MOCK_SINCE - 1)
    return draws.payload_of(scene, at, draws.FEEDS[:1], MOCK_KEYS)


def signer(scene: Scene) -> str:
    """An address that may sign, or may not."""
    return scene.among(*draws.SIGNERS, *map(address_of, MOCK_KEYS[-3:]), *scene.actors)


THRESHOLDS = (0, 2, 3, 4)
READS = {
    "valueFrom": 12,
    "valuesFrom": 12,
    "valuesAndTimestampFrom": 12,
    "valuesWithDuplicatesFrom": 12,
    "timestampFrom": 12,
    "value": 1,
    "values": 1,
    "valuesAndTimestamp": 1,
    "valuesWithDuplicates": 1,
}
USUAL = {"mock": 2, "demo": 3, "consumer0": 3}
"""A small share of calls goes to consumers that can say little."""


class RedstonePull(Target):
    """Consumers of different thresholds, and the package's own."""

    name = "redstone-pull"
    artifacts = "../../../node_modules/.targets/oracles/redstone_pull"
    contracts = (
        Deploy("defaults", "SampleRedstoneDefaultsLib", model=Defaults),
        *(
            Deploy(f"consumer{count}", "Consumer", args=(draws.SIGNERS, count), model=Readable)
            for count in THRESHOLDS
        ),
        Deploy("demo", "DemoConsumer", model=Demo),
        Deploy("mock", "MockConsumer", model=Mock),
    )
    weights = {
        f"{label}.{function}": max(weight // USUAL.get(label, 1), 1)
        for label in (*(f"consumer{count}" for count in THRESHOLDS), "demo", "mock")
        for function, weight in READS.items()
    } | {"defaults.aggregateValues": 12, "defaults.validateTimestamp": 12}
    arguments = {  # noqa: RUF012 - as Target has it
        "id": draws.feed,
        "ids": draws.feeds,
        "payload": draws.any_payload,
        "mock.valueFrom.payload": mock_payload,
        "mock.valuesFrom.payload": mock_payload,
        "mock.valuesAndTimestampFrom.payload": mock_payload,
        "mock.valuesWithDuplicatesFrom.payload": mock_payload,
        "values": draws.values,
        "receivedTimestampMilliseconds": draws.milliseconds,
        "receivedSigner": signer,
        "signer": signer,
        "signerAddress": signer,
    }
