"""The network, the prices and the gas that the options of `weiproof oracle simulate` describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import errors
from .oracle_options import read_file

if TYPE_CHECKING:
    from weiproof.oracles.network.nodes import Lie, Node
    from weiproof.oracles.network.parameters import Network
    from weiproof.oracles.network.paths import StepPath

MAX_OBSERVATIONS = 30_000_000
"""Most observations of a simulation: some minutes."""
GWEI = 10**9


def prices_of(options: dict[str, Any]) -> StepPath:
    """The path in FILE, in the decimals of the answers."""
    from weiproof.oracles.network.paths import seconds_path
    from weiproof.simulation.recordings.formats import points_of

    file, decimals = options["file"], options["decimals"]
    raw, kind = read_file(file, options["kind"], options["column"])
    column, price_id = options["column"] or "close", options["price_id"]
    points = points_of(raw, str(file), kind, column=column, price_id=price_id)
    divisor = 10 ** (18 - decimals)
    if any(price < divisor for _, price in points):
        raise errors.BadUsage(f"{file}: a price is 0 with {decimals} decimals; use more --decimals")
    return seconds_path(tuple((at, price // divisor) for at, price in points))


def gas_of(options: dict[str, Any]) -> StepPath | None:
    """The path of gas prices, wei; None without --congestion."""
    from weiproof.oracles.network.paths import seconds_path
    from weiproof.simulation.recordings.gas import gas_prices
    from weiproof.simulation.recordings.table import read_bytes

    file = options["congestion"]
    if (file is None) != (options["max_gas"] is None):
        raise errors.BadUsage("--congestion FILE and --max-gas GWEI go together")
    if file is None:
        return None
    raw = read_bytes(file, str(file))
    return seconds_path(gas_prices(raw, str(file), options["gas_figure"]))


def network_of(options: dict[str, Any], draws: Any) -> Network:  # noqa: ANN401 - imported lazily
    """The network that the options describe. Raises BadUsage where there is none."""
    from weiproof.oracles.network.nodes import Node
    from weiproof.oracles.network.parameters import MAX_INT192, MIN_INT192, Network

    count, liars, deviation = options["nodes"], options["faulty"], options["deviation"]
    if liars > count:
        raise errors.BadUsage(f"--faulty {liars} is more than --nodes {count}")
    lie = _lie(options["lie"], options["decimals"])
    bid = options["max_gas"]
    skew, skews = options["skew"], draws.stream("oracle/skew")
    nodes: list[Node] = [
        Node(
            f"node-{number}",
            delay_ms=options["source_delay"],
            noise_ppm=options["noise"],
            skew_ms=skews.between(-skew, skew),
            outages=options["outages"],
            lie=lie if number < liars else None,
            max_gas_price=None if bid is None else bid * GWEI,
        )
        for number in range(count)
    ]
    try:
        return Network(
            tuple(nodes),
            faulty=(count - 1) // 3,
            heartbeat=options["heartbeat"],
            deviation_numerator=deviation.numerator,
            deviation_denominator=deviation.denominator,
            interval_ms=options["interval"],
            block_time=options["block_time"],
            delay_ms=options["delay"],
            delay_jitter_ms=options["delay_jitter"],
            heartbeat_jitter=options["jitter"],
            min_answer=_bound(options, "min_answer", MIN_INT192),
            max_answer=_bound(options, "max_answer", MAX_INT192),
        )
    except ValueError as error:
        raise errors.BadUsage(str(error)) from None


def _lie(text: str, decimals: int) -> Lie:
    from weiproof.oracles.network.nodes import Fixed, LastAnswer, Multiple

    from .oracle_options import exact

    try:
        if text == "last":
            return LastAnswer()
        if text.startswith("x"):
            factor = exact(text[1:])
            return Multiple(factor.numerator, factor.denominator)
    except (ValueError, ZeroDivisionError):
        raise errors.BadUsage(f"--lie {text}: x10 and x1/2 are multiples") from None
    return Fixed(_answer("--lie", text, decimals))


def _bound(options: dict[str, Any], name: str, widest: int) -> int:
    text: str | None = options[name]
    if text is None:
        return widest
    return _answer(f"--{name.replace('_', '-')}", text, options["decimals"])


def _answer(option: str, text: str, decimals: int) -> int:
    from weiproof.simulation.toml_exact import scale

    try:
        return scale(text, decimals)
    except ValueError as error:
        raise errors.BadUsage(f"{option}: expected {error}") from None


def refuse_endless(network: Network, start: int, end: int) -> None:
    """Raises BadUsage where a simulation would take longer than some minutes."""
    wanted = ((end - start) * 1000 // network.interval_ms + 1) * len(network.nodes)
    if wanted > MAX_OBSERVATIONS:
        raise errors.BadUsage(
            f"{wanted:,} observations are more than {MAX_OBSERVATIONS:,}:"
            " use fewer --nodes, or a longer --interval"
        )
