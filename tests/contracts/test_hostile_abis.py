"""ABIs, values and data of any kind: an answer or an error of ours, soon and in little memory."""

from __future__ import annotations

import os
import time
import tracemalloc
from contextlib import suppress
from typing import Any

import pytest

from tests.contracts.random_abis import (
    damaged,
    damaged_bytes,
    nested_tuple,
    random_abi,
    random_value,
)
from weiproof.contracts.abi import Interface
from weiproof.contracts.artifact import ArtifactError
from weiproof.contracts.artifact_formats import artifacts_of
from weiproof.contracts.codec import MAX_NESTING, MAX_WORDS, CodecError, canonical_type, codec
from weiproof.engine.draws import Draws, Stream

CASES = 10_000 if os.environ.get("WEIPROOF_THOROUGH") else 1_000
SECONDS = 2
"""CPU time that a case may take; all take a small part of it."""


def test_random_abis_work_and_damaged_ones_are_refused() -> None:
    """Sound ABIs bring every value back; damaged ones raise CodecError or ArtifactError."""
    draws = Draws(20_240_805)
    refused = 0
    for number in range(CASES):
        dice = draws.stream(f"abi {number}")
        begun = time.process_time()
        abi: Any = random_abi(dice)
        if number % 2:
            abi = damaged(dice, abi)
        try:
            interface = Interface.of(abi)
        except CodecError:
            assert number % 2, abi
            refused += 1
        else:
            _exercise(dice, interface, sound=not number % 2)
        with suppress(ArtifactError):
            document = {"abi": abi, "bytecode": "0x00", "contractName": "A", "sourceName": "A.sol"}
            artifacts_of(damaged(dice, document), "A.json", name="A", source="A.sol")
        assert time.process_time() - begun < SECONDS, abi
    assert CASES // 8 < refused < CASES // 2


def _exercise(dice: Stream, interface: Interface, *, sound: bool) -> None:
    """Encode and decode with every entry, rightly and wrongly."""
    for signature, function in interface.functions.items():
        if "(" not in signature:
            continue
        for owner in (function.inputs, function.outputs):
            values = tuple(random_value(dice, part.type) for part in owner.codecs)
            data = owner.encode(signature, values)
            assert owner.whole.decode(data, 0) == values
            with suppress(CodecError):
                owner.encode(signature, (*values[1:], damaged(dice, [*values[:1], 0])))
            for _ in range(3):
                with suppress(CodecError):
                    owner.whole.decode(damaged_bytes(dice, data), 0)
        with suppress(CodecError):
            interface.decode_call(function.selector + bytes(dice.below(200)))
    for (topic, count), event in interface.events.items():
        plain = zip(event.inputs.codecs, event.indexed, strict=True)
        values = tuple(random_value(dice, part.type) for part, indexed in plain if not indexed)
        data = damaged_bytes(dice, event.plain.encode(values))
        noise = [dice.bits(256).to_bytes(32, "big") for _ in range(count - 1)]
        interface.decode_event([topic, *noise], data)
    for selector in interface.errors:
        assert interface.decode_error(selector + bytes(dice.below(300)))[0]
    assert sound or interface.errors


def bomb(levels: int, width: int) -> bytes:
    """Nested arrays whose elements all stand at the same place."""
    same = (32).to_bytes(32, "big") + b"".join(
        width.to_bytes(32, "big") + (32 * width).to_bytes(32, "big") * width
        for _ in range(levels - 1)
    )
    return same + width.to_bytes(32, "big") + bytes(32 * width)


@pytest.mark.parametrize(
    ("type_text", "data"),
    [
        ("(uint256[][][][][][])", bomb(6, 40)),
        ("(uint256" + "[]" * 30 + ")", bomb(30, 3)),
        ("(bytes[])", bomb(2, 3000)),
        ("(string[][2000])", b"\0" * 31 + b"\x20" + (32 * 2000).to_bytes(32, "big") * 2000
         + bomb(2, 300)[32:]),
        ("(uint8[])", (32).to_bytes(32, "big") + (2**255).to_bytes(32, "big")),
        ("(" + "bytes," * 2000 + "bytes)", (32 * 2001).to_bytes(32, "big") * 2001
         + (60_000).to_bytes(32, "big") + bytes(60_000)),
    ],
    ids=["arrays", "deep", "bytes", "fixed", "count", "struct"],
)  # fmt: skip
def test_data_that_grows_is_refused(type_text: str, data: bytes) -> None:
    """Data that would unfold to thousands of times its size raises CodecError at once."""
    whole = codec(type_text)
    tracemalloc.start()
    begun = time.process_time()
    with pytest.raises(CodecError, match=r"overlaps|beyond the data"):
        whole.decode(data, 0)
    assert time.process_time() - begun < SECONDS
    assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    tracemalloc.stop()


def test_shared_parts_are_read() -> None:
    """Elements at the same place are fine in moderation, as a thrifty encoder might leave them."""
    shared = (64).to_bytes(32, "big") * 2 + (1).to_bytes(32, "big") + b"a" + bytes(31)
    data = (32).to_bytes(32, "big") + (2).to_bytes(32, "big") + shared
    assert codec("(string[])").decode(data, 0) == (("a", "a"),)


@pytest.mark.parametrize(
    "type_text",
    [
        "uint8" + "[]" * (MAX_NESTING + 1),
        "uint8" + "[]" * 40_000,
        "(" * 40_000 + ")" * 40_000,
        f"uint8[{MAX_WORDS + 1}]",
        f"string[{MAX_WORDS + 1}]",
        "uint8[256][257]",
        "uint8[99999999999999999999]",
        "uint8[0]",
        "()[]",
        "()[2]",
        "(uint8,)",
        "(uint8",
        "uint8)",
        "(uint8)(uint8)",
        "uint008",
        "uint8 ",
        "uint8\n",
    ],
    ids=lambda text: text[:24],
)
def test_types_beyond_all_bounds_are_refused(type_text: str) -> None:
    """Nesting, size, empty elements and what is no type: CodecError, at once."""
    begun = time.process_time()
    with pytest.raises(CodecError):
        codec(type_text)
    assert time.process_time() - begun < SECONDS


def test_the_largest_types_are_read() -> None:
    """The bounds themselves are allowed, and cost little."""
    words = codec(f"uint8[{MAX_WORDS}]")
    assert words.decode(words.encode((7,) * MAX_WORDS), 0) == (7,) * MAX_WORDS
    deep = codec("uint8" + "[1]" * MAX_NESTING)
    assert deep.decode(bytes(31) + b"\x05", 0) != ()
    assert canonical_type(nested_tuple(MAX_NESTING - 1)).startswith("((")
    with pytest.raises(CodecError, match="levels at most"):
        canonical_type(nested_tuple(MAX_NESTING + 1))


@pytest.mark.parametrize(
    ("abi", "message"),
    [
        ({}, "an ABI should be a list of objects, not {}"),
        ([5], "the ABI's entry 0 should be an object, not 5"),
        ([{"type": 5}], "the type of the ABI's entry 0 should be text, not 5"),
        ([{"type": "function"}], "the name of the ABI's entry 0 should be an identifier"),
        ([{"type": "error", "name": ""}], "the name of the ABI's entry 0 should be an identifier"),
        ([{"name": "f(uint8)"}], "the name of the ABI's entry 0 should be an identifier"),
        ([{"type": "event", "name": "E", "inputs": 5}], "inputs .* should be a list of parameters"),
        ([{"type": "error", "name": "E", "inputs": [{}]}], "should be a list of parameters"),
        (
            [{"type": "function", "name": "f", "inputs": [{"type": "fixed128x18"}]}],
            "function f: unsupported ABI type 'fixed128x18'",
        ),
        (
            [{"type": "error", "name": "E", "inputs": [{"type": "tuple"}]}],
            "error E: a tuple has components, 32 levels at most, not None",
        ),
    ],
)
def test_entries_that_are_none_are_named(abi: Any, message: str) -> None:  # noqa: ANN401
    """The error says which entry, and what was expected of it."""
    with pytest.raises(CodecError, match=message):
        Interface.of(abi)


def test_what_old_compilers_leave_out_is_empty() -> None:
    """Entries without inputs, outputs or even a type are read as the standard says."""
    interface = Interface.of([{"name": "f"}, {"type": "constructor"}, {"type": "receive"}])
    assert interface.function("f").signature == "f()"
    assert interface.encode_constructor() == b""


def test_values_too_large_to_show_are_refused_shortly() -> None:
    """Error messages stay short whatever the value is."""
    nested: Any = ()
    for _ in range(5_000):
        nested = (nested,)
    for value in (10**6_000, "x" * 10**6, nested):
        with pytest.raises(CodecError) as refused:
            codec("uint8").encode(value)
        assert len(str(refused.value)) < 200
    with pytest.raises(CodecError, match="cannot be written as UTF-8"):
        codec("string").encode("\ud800")
