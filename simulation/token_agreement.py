"""What the tables about tokens must agree on with the rest of a scenario file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weiproof.engine.fixed_point import WAD
from weiproof.oracles.price_policy import WAD_DECIMALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from . import schema
    from .token_tables import TokenTable
    from .validation import Problems


def check_tokens(document: schema.ScenarioFile, problems: Problems) -> None:
    """Note everything about tokens in which the tables of a file do not agree."""
    known = {token.name: token for token in document.token}
    for place, token in enumerate(document.token):
        _check_token(token, f"token[{place}]", document, problems)
    if document.credit is not None and not known:
        problems.add("credit", "a [[token]] beside [credit]", "Cash is never negative without.")
    _check_feeds(document, known, problems)
    for name, amount in document.market_maker.tokens.items():
        _check_amount(f"market_maker.tokens.{name}", name, amount, known, problems)
    for i, account in enumerate(document.account):
        for name, amount in account.tokens.items():
            _check_amount(f"account[{i}].tokens.{name}", name, amount, known, problems)
        _check_trades(account, f"account[{i}].token_trades", document, known, problems)
    for i, group in enumerate(document.group):
        for name in group.token_shares:
            problems.refer(f"group[{i}].token_shares.{name}", name, known, "[[token]]")
        if sum(group.token_shares.values()) > WAD:
            expected = "shares of at most 1 together"
            problems.add(f"group[{i}].token_shares", expected, "Lower one of them.")


def _check_feeds(
    document: schema.ScenarioFile, known: Mapping[str, TokenTable], problems: Problems
) -> None:
    for i, feed in enumerate(document.feed):
        if feed.token is None:
            continue
        problems.refer(f"feed[{i}].token", feed.token, known, "[[token]]")
        if feed.token in known and known[feed.token].exchange_rate is None:
            expected = f"a token with an exchange_rate, {feed.token} has none"
            problems.add(f"feed[{i}].token", expected, "Add it to the [[token]].")


def _check_token(
    token: TokenTable, key: str, document: schema.ScenarioFile, problems: Problems
) -> None:
    prices = {price.name for price in document.price}
    problems.refer(f"{key}.price", token.price, prices, "[[price]]")
    if token.path is not None:
        paths = {path.name for path in document.path}
        problems.refer(f"{key}.path", token.path, paths, "[[path]]")
    start, end = document.scenario.start, document.scenario.end
    for i, (at, _) in enumerate(token.rates):
        if not start <= at <= end:
            problems.add(f"{key}.rates[{i}]", "a time within the scenario", "Move it.")
    _check_decimals(f"{key}.cap", token.cap, token, problems)


def _check_trades(
    account: schema.AccountTable,
    key: str,
    document: schema.ScenarioFile,
    known: Mapping[str, TokenTable],
    problems: Problems,
) -> None:
    first, last = max(document.scenario.start, account.at or 0), document.scenario.end
    for i, trade in enumerate(account.token_trades):
        _check_amount(f"{key}[{i}].token", trade.token, trade.amount, known, problems)
        if trade.at is not None and not first <= trade.at <= last:
            expected = "a time within the scenario and not before the account enters"
            problems.add(f"{key}[{i}].at", expected, "Move it.")


def _check_amount(
    key: str, name: str, amount: int, known: Mapping[str, TokenTable], problems: Problems
) -> None:
    problems.refer(key, name, known, "[[token]]")
    if name in known:
        _check_decimals(key, amount, known[name], problems)


def _check_decimals(key: str, amount: int, token: TokenTable, problems: Problems) -> None:
    if amount % 10 ** (WAD_DECIMALS - token.decimals):
        expected = f"at most the token's {token.decimals} decimals"
        problems.add(key, expected, "Leave out the others.")
