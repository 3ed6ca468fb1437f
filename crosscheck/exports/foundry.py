"""A counterexample as a Foundry test that needs nothing but forge: no library, no import.

It deploys what the target deploys, at the same addresses, from the project's own build or from code
in the file, makes the calls, and asserts what the model says. So it fails on the faulty contract
and passes once that is mended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.contracts.deployment import Step
from weiproof.crosscheck.cases import safe_name
from weiproof.crosscheck.divergence import KINDS, shown

from .expectation import expectation_of
from .solidity import address_literal, calldata, comment, constant_names, string_literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weiproof.contracts.deployment import Plan
    from weiproof.crosscheck.bench import Bench, Finding, Sent
    from weiproof.crosscheck.divergence import Divergence
    from weiproof.engine.call import Call

    from .expectation import Expectation, Expected

_HEAD = """\
// SPDX-License-Identifier: UNLICENSED
pragma solidity >=0.7.5 <0.9.0;
pragma abicoder v2;
"""

_VM = """\
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function warp(uint256 timestamp) external;
    function deal(address account, uint256 balance) external;
    function prank(address sender, address origin) external;
    function setNonce(address account, uint64 nonce) external;
    function getCode(string calldata artifact) external view returns (bytes memory);
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
}
"""

_HELPERS = """\
    function _create(address deployer, uint64 nonce, address place, bytes memory code) private {
        VM.setNonce(deployer, nonce);
        VM.prank(deployer, deployer);
        address created;
        assembly {
            created := create(0, add(code, 0x20), mload(code))
        }
        require(created == place, "a contract was not created, or elsewhere");
    }

    function _call(uint256 time, address sender, address to, uint256 value, bytes memory data)
        private
        returns (bool ok, bytes memory output)
    {
        VM.warp(time);
        VM.prank(sender, sender);
        (ok, output) = to.call{value: value}(data);
    }

    function _accepted(uint256 time, address sender, address to, uint256 value, bytes memory data)
        private
    {
        (bool ok,) = _call(time, sender, to, value, data);
        require(ok, "a call before the last one reverted");
    }

    function _refused(uint256 time, address sender, address to, uint256 value, bytes memory data)
        private
    {
        (bool ok,) = _call(time, sender, to, value, data);
        require(!ok, "a call before the last one did not revert");
    }
"""


def foundry_test(
    bench: Bench,
    fixture: Sequence[Call],
    calls: Sequence[Call],
    finding: Finding,
    *,
    embed: bool = False,
) -> tuple[str, str]:
    """Name of the contract and text of the test.

    With `embed` the creation code stands in the file; else the test asks forge for the project's
    own build. Raises ExportError where the finding cannot be tested for.
    """
    expectation = expectation_of(bench, fixture, calls, finding)
    return _Writer(bench, expectation, embed=embed).text()


class _Writer:
    """Writes one test."""

    def __init__(self, bench: Bench, expectation: Expectation, *, embed: bool) -> None:
        self.bench = bench
        self.expectation = expectation
        self.embed = embed
        made = [*expectation.fixture, *expectation.calls]
        before = [sent for calls in bench.sent.values() for sent in calls]
        people = dict.fromkeys(
            [*(sent.sender for sent in before), *(each.call.sender for each in made)]
        )
        labels = dict(bench.lockstep.chain.book.items())
        named = {address: label for label, address in labels.items()}
        named |= {person: bench.names.get(person, "caller") for person in people}
        self.names = constant_names(named)
        self.deployer = bench.deployer
        self.names.setdefault(self.deployer, "DEPLOYER")

    def text(self) -> tuple[str, str]:
        """Name and text."""
        finding, names = self.expectation.finding, self.bench.names
        name = f"Weiproof_{safe_name(self.bench.target)}_{safe_name(finding.call.function)}"
        name += f"_{finding.kind}_Test"
        lines = [_HEAD]
        lines += [f"// {comment(line)}" for line in finding.describe(names).splitlines()]
        lines += [_VM, f"contract {name} {{"]
        lines += [
            "    Vm private constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);",
            *(
                f"    address private constant {constant} = {address_literal(address)};"
                for address, constant in self.names.items()
            ),
            "",
            "    function setUp() public {",
            *self._deployment(),
            *(self._step(each) for each in self.expectation.fixture),
            "    }",
            "",
            f"    /// {comment(KINDS[finding.kind])}",
            f"    function test_{safe_name(finding.call.function)}() public {{",
            *(self._step(each) for each in self.expectation.calls[:-1]),
            *self._last(),
            "    }",
            "",
            _HELPERS.rstrip(),
            "}",
            "",
        ]
        return name, "\n".join(lines)

    def _deployment(self) -> Iterator[str]:
        plan, book = self.bench.plan, self.bench.lockstep.chain.book
        yield f"        VM.warp({self.bench.genesis_time});"
        for person in {**dict.fromkeys(self.names)}:
            if person not in book.values():
                yield f"        VM.deal({self.names[person]}, {2**127});"
        nonce = 0
        libraries = {label for step in plan.steps for label in _libraries_of(plan, step, book)}
        for step in plan.steps:
            if isinstance(step, Step):
                if self.embed or step.label not in libraries:
                    code = self._code(step, plan.init_code(step, book))
                    place = self.names[book[step.label]]
                    yield f"        _create({self.names[self.deployer]}, {nonce}, {place}, {code});"
                nonce += 1
            for sent in self.bench.sent.get(step.label, ()):
                yield f"        _accepted({self._sent(sent)});"
                nonce += sent.sender == self.deployer

    def _sent(self, sent: Sent) -> str:
        sender = self.names.get(sent.sender) or address_literal(sent.sender)
        to = self.names.get(sent.to) or address_literal(sent.to)
        return f'{self.bench.genesis_time}, {sender}, {to}, 0, hex"{sent.data.hex()}"'

    def _code(self, step: Step, init_code: bytes) -> str:
        artifact = step.artifact
        if self.embed:
            return f'hex"{init_code.hex()}"'
        got = f'VM.getCode("{artifact.source}:{artifact.name}")'
        arguments = init_code[len(artifact.bytecode) // 2 :]
        return f'abi.encodePacked({got}, hex"{arguments.hex()}")' if arguments else got

    def _step(self, each: Expected) -> str:
        how = "_accepted" if each.ok else "_refused"
        return f"        {how}({self._arguments(each)});"

    def _arguments(self, each: Expected) -> str:
        call = each.call
        interface = self.bench.lockstep.chain.interfaces[call.target]
        target = self.names[self.bench.lockstep.chain.book[call.target]]
        data = calldata(interface, call, self.names)
        sender = self.names.get(call.sender) or address_literal(call.sender)
        return f"{call.at}, {sender}, {target}, {call.value}, {data}"

    def _last(self) -> Iterator[str]:
        """The last call with what is asserted of it."""
        finding, last = self.expectation.finding, self.expectation.calls[-1]
        says = string_literal(_difference(finding, self.bench.names))
        if finding.kind == "event":
            yield "        VM.recordLogs();"
        names = "bool ok, bytes memory output"
        if finding.kind in ("event", "refused", "state"):
            names = "bool ok,"
        yield f"        ({names}) = _call({self._arguments(last)});"
        yield f"        require({'ok' if last.ok else '!ok'}, {says});"
        if finding.kind in ("return", "revert", "accepted"):
            yield f'        bytes memory expected = hex"{last.output.hex()}";'
            yield f"        require(keccak256(output) == keccak256(expected), {says});"
        if finding.kind == "event":
            yield from self._logs(last, says)
        if finding.kind == "state" and self.expectation.view is not None:
            yield from self._view(self.expectation.view, says)

    def _logs(self, last: Expected, says: str) -> Iterator[str]:
        yield "        Vm.Log[] memory logs = VM.getRecordedLogs();"
        yield f"        require(logs.length == {len(last.logs)}, {says});"
        for i, log in enumerate(last.logs):
            topics = "".join(topic.hex() for topic in log.topics)
            emitter = self.names.get(log.address) or address_literal(log.address)
            yield f"        require(logs[{i}].emitter == {emitter}, {says});"
            yield (
                f"        require(keccak256(abi.encodePacked(logs[{i}].topics))"
                f' == keccak256(hex"{topics}"), {says});'
            )
            yield (
                f'        require(keccak256(logs[{i}].data) == keccak256(hex"{log.data.hex()}"),'
                f" {says});"
            )

    def _view(self, view: Expected, says: str) -> Iterator[str]:
        yield (f"        (bool answered, bytes memory value) = _call({self._arguments(view)});")
        yield f"        require({'answered' if view.ok else '!answered'}, {says});"
        yield f'        bytes memory expected = hex"{view.output.hex()}";'
        yield f"        require(keccak256(value) == keccak256(expected), {says});"


def _libraries_of(plan: Plan, step: object, book: Mapping[str, str]) -> Iterator[str]:
    """Labels of the libraries that are linked into a step: forge places those itself."""
    if isinstance(step, Step):
        places = plan.libraries(step, book).values()
        labels = {address: label for label, address in book.items()}
        yield from (labels[place] for place in places if place in labels)


def _difference(finding: Divergence, names: Mapping[str, str]) -> str:
    model, chain = shown(finding.model, names), shown(finding.chain, names)
    return f"{finding.subject} {finding.field}: the model says {model}, the contract said {chain}"
