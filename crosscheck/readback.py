"""What a deployed protocol is configured with, read back and compared with the model.

Only what a deployment decides is read: roles, parameters, markets, the sources of prices and what
the feeds were created with. Rounds, trades and funds may have changed since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weiproof.contracts.abi import Interface
from weiproof.contracts.chains import ZERO_ADDRESS
from weiproof.engine.call import Call, Outcome

from .divergence import DivergenceFound, compare_views
from .observation import stored_views
from .protocol import addresses_of, deploy_model, deployment_plan, setup_calls
from .spec import price_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from weiproof.contracts.abi import Abi
    from weiproof.engine.model import Model
    from weiproof.engine.state import Key

    from .protocol import Parties
    from .spec import ProtocolSpec

    Ask: TypeAlias = Callable[[str, bytes], tuple[bool, bytes]]
    """Runs a call (address, data) and forgets it: success, and return data or revert data."""

_CONFIGURED = frozenset(
    {
        "defaultAdmin",
        "feeTiers",
        "price",
        "role",
        "settings",
        "systemParameters",
        "timelockDelay",
    }
)
"""Kinds of records that a deployment decides."""
_PASSED_OVER = frozenset({"price", "quorumOf", "reasonsOf"})
"""Functions that depend on the feeds' rounds, or are asked in any case."""
_FEED = ("decimals", "description", "version", "minAnswer", "maxAnswer")
_MOCK_FEED = ("decimals", "description", "version")


def compare_configuration(
    spec: ProtocolSpec, parties: Parties, ask: Ask, *, configured: bool
) -> int:
    """Compare all that a deployment decides, and return how many readings that took.

    :param configured: whether the configuring calls were made.
    :raises DivergenceFound: at the first difference.
    """
    model = deploy_model(spec, parties)
    for call in setup_calls(spec, parties) if configured else ():
        model.apply(call)
    book = addresses_of(spec, parties)
    abis = {step.label: step.abi for step in deployment_plan(spec, parties=parties).steps}
    views = list(_views(spec, model))
    for view in views:
        interface = Interface.of(abis[view.target])
        data = interface.encode_call(view.function, view.args)
        chain = _outcome(interface, view.function, *ask(book[view.target], data))
        outputs = _outputs(abis[view.target], view.function)
        found = compare_views(0, view, view, model.view(view), chain, outputs)
        if found is not None:
            raise DivergenceFound(found)
    return len(views)


def _views(spec: ProtocolSpec, model: Model) -> Iterator[Call]:
    at = spec.genesis_time
    records: Iterator[Key] = model.world.store.keys()
    for view in stored_views((key for key in records if key[0] in _CONFIGURED), at):
        if view.function not in _PASSED_OVER and model.view(view).ok:
            yield view
    yield Call(at, ZERO_ADDRESS, "house", "marketCount")
    for price in spec.prices:
        yield Call(at, ZERO_ADDRESS, "hub", "quorumOf", (price_id(price.name),))
    for feed in spec.feeds:
        for function in _MOCK_FEED if feed.mock else _FEED:
            yield Call(at, ZERO_ADDRESS, feed.label, function)


def _outputs(abi: Abi, function: str) -> Sequence[Mapping[str, Any]]:
    return next(entry["outputs"] for entry in abi if entry.get("name") == function)


def _outcome(interface: Interface, function: str, ok: bool, output: bytes) -> Outcome:
    if ok:
        return Outcome(ok=True, values=interface.decode_result(function, output))
    error, args = interface.decode_error(output)
    return Outcome(ok=False, error=error, error_args=args)
