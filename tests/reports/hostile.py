"""A run's folder in which every name is hostile: what names, texts and contracts could bring.

The journal, the samples and the summary are whole: their chains and hashes are made anew.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from weiproof.contracts.chains import actor
from weiproof.simulation.journal import JournalReader
from weiproof.simulation.lines import GENESIS, chained, read_lines
from weiproof.simulation.metrics import Metrics, encode_summary, summary_of
from weiproof.simulation.protocol_of import decode_protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARK = "window.bad=1"
"""What runs where a text is taken for a script."""

TEMPLATES = (
    "<script>{js}</script>",
    "</script><script>{js}</script>",
    "</ScRiPt ><svg onload={js}>",
    "<img src=x onerror={js}>",
    "\"><img src=x onerror='{js}'>",
    '\'><img src=x onerror="{js}">',
    "' onmouseover='{js}' x='",
    '" autofocus onfocus="{js}" x="',
    "<svg><script>{js}</script></svg>",
    "<iframe srcdoc='<script>parent.{js}</script>'>",
    "<iframe src='javascript:parent.{js}'>",
    "<a href='javascript:{js}'>x</a>",
    "javascript:{js}",
    "<!--<script>{js}",
    "--><script>{js}</script>",
    "<style>@import 'https://example.org/x.css'</style>",
    "</style><script>{js}</script>",
    "</title><script>{js}</script>",
    "</textarea><script>{js}</script>",
    "<base href='https://example.org/'>",
    "<meta http-equiv=refresh content='0;url=https://example.org/'>",
    "<link rel=stylesheet href='https://example.org/x.css'>",
    "<object data='https://example.org/x'>",
    "<form action='https://example.org/'><input name=x>",
    "<math><mtext></form><form><mglyph><style></math><img src=x onerror={js}>",
    "<template><script>{js}</script></template>",
    "<body onload={js}>",
    "<details open ontoggle={js}>",
    "<video><source onerror={js}>",
    "{{{{ 7 * 7 }}}}",
    "{{{{ self.__init__.__globals__ }}}}",
    "{{% for x in y %}}",
    "{{# comment",
    "${{{js}}}",
    "`{js}`",
    "\\u003cscript\\u003e{js}\\u003c/script\\u003e",
    "&lt;script&gt;{js}&lt;/script&gt;",
    "&#60;script&#62;{js}",
    "%3Cscript%3E{js}%3C/script%3E",
    "]]><script>{js}</script>",
    "<![CDATA[<script>{js}</script>]]>",
    "\u2028{js}\u2029",
    "\u202e{js}\u202c",
    "\u0000<script>{js}</script>",
    "\u0001\u0008\u001b[2J{js}",
    "\n\r\t<script>{js}</script>",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    '=HYPERLINK("https://example.org",{js})',
    "<a id=data name=data>{js}</a>",
    "<form id=raw><input name=checked>",
    "\ufeff<script>{js}</script>",
    "<" * 300,
    "'\"`<>&" * 20,
    "x" * 3000,
    "{js}//\\",
    "url(https://example.org/x)",
    "expression({js})",
    "\U0001d4b3\u0301\u0323<b>{js}</b>",
)


def texts() -> list[str]:
    """Two hundred different ones."""
    found = []
    for number in range(4):
        js = (MARK, f"{MARK};alert({number})", f"top.bad={number}", f"self['b'+'ad']={number}")[
            number
        ]
        found += [
            template.format(js=js) if "{" in template else f"{template}{number or ''}"
            for template in TEMPLATES
        ]
    return list(dict.fromkeys(found))[:200]


class Hostile:
    """Gives out hostile texts, each at least once."""

    def __init__(self) -> None:
        self.all = texts()
        self.used: list[str] = []

    def next(self) -> str:
        """The next one."""
        text = self.all[len(self.used) % len(self.all)]
        turn = len(self.used) // len(self.all)
        self.used.append(text + "\N{MIDDLE DOT}" * turn)
        return self.used[-1]


def make(source: Path, folder: Path) -> Hostile:
    """Writes the folder, of a run in another; answers with the texts that are in it."""
    hostile = Hostile()
    text = (source / "protocol.json").read_bytes()
    protocol, changed = _protocol(text, hostile)
    (folder / "protocol.json").write_bytes(protocol)
    spec, _ = decode_protocol(protocol)
    header, *lines = (form for form, _ in read_lines(source / "journal.jsonl"))
    header["protocol_hash"] = "0x" + hashlib.sha256(protocol).hexdigest()
    errors: dict[str, str] = {}
    functions: dict[str, str] = {}
    for form in lines:
        _call(form, errors, functions, hostile)
    _write(folder / "journal.jsonl", (_renamed(form, changed) for form in [header, *lines]))
    samples = [form for form, _ in read_lines(source / "states.jsonl")]
    _write(folder / "states.jsonl", (_renamed(form, changed) for form in samples))
    _summary(source, folder, spec, hostile)
    quoted = json.dumps(hostile.next())
    (folder / "scenario.toml").write_text(
        f"[scenario]\nname = {json.dumps(hostile.next())}\ndescription = {quoted}\n", "utf-8"
    )
    (folder / "timing.json").write_text(_timing(hostile), "utf-8")
    return hostile


def _protocol(text: bytes, hostile: Hostile) -> tuple[bytes, dict[str, str]]:
    """A protocol with other names, and what each name and address became."""
    document = json.loads(text)
    changed: dict[str, str] = {}
    labels = []
    for label in document["actors"]:
        if label in {"admin", "matcher", "transmitter"}:
            labels.append(label)
            continue
        labels.append(hostile.next())
        changed[actor(label)] = actor(labels[-1])
        changed[label] = labels[-1]
    for market in document["protocol"]["markets"]:
        changed[market["name"]] = hostile.next()
    for feed in document["protocol"]["feeds"]:
        changed[feed["name"]] = hostile.next()
        changed[f"feed/{feed['name']}"] = f"feed/{changed[feed['name']]}"
        feed["description"] = hostile.next()
    document["actors"] = labels
    # a price's name has at most 32 bytes on the chain, and stays
    prices = {price["name"] for price in document["protocol"]["prices"]}
    document["protocol"] = _renamed(document["protocol"], changed, leave=prices)
    return json.dumps(document, sort_keys=True).encode(), changed


def _renamed(
    form: Any,  # noqa: ANN401 (JSON)
    changed: dict[str, str],
    leave: frozenset[str] | set[str] = frozenset(),
) -> Any:  # noqa: ANN401
    if isinstance(form, dict):
        return {key: _renamed(value, changed, leave) for key, value in form.items()}
    if isinstance(form, list):
        return [_renamed(value, changed, leave) for value in form]
    if isinstance(form, str) and form not in leave:
        if form.startswith("account/"):
            return form
        owner, slash, number = form.rpartition("/")
        if slash and owner in changed and number.isdigit():
            return f"{changed[owner]}/{number}"
        return changed.get(form, form)
    return form


def _call(
    form: dict[str, Any], errors: dict[str, str], functions: dict[str, str], hostile: Hostile
) -> None:
    """Other names of functions and errors, as an ABI could have them; every tenth call reverts."""
    if form["kind"] != "call":
        return
    outcome, call = form["outcome"], form["call"]
    if call["function"] in {"settle", "withdraw", "accrueFunding", "setOrders"}:
        call["function"] = functions.setdefault(call["function"], hostile.next())
        outcome |= {"ok": False, "events": [], "values": []}
        outcome["error"] = hostile.next()
        outcome["error_args"] = [{"text": hostile.next()}]
    elif not outcome["ok"]:
        outcome["error"] = errors.setdefault(outcome["error"], hostile.next())


def _write(path: Path, forms: Iterator[dict[str, Any]]) -> None:
    last = GENESIS
    with path.open("wb") as file:
        for form in forms:
            line, last = chained(form, last)
            file.write(line)


def _summary(source: Path, folder: Path, spec: Any, hostile: Hostile) -> None:  # noqa: ANN401
    metrics = Metrics(spec)
    last = b""
    reader = JournalReader(folder / "journal.jsonl")
    for record in reader:
        metrics.add(record.call, record.outcome)
        last = record.state_hash
    metrics.finish()
    written = json.loads((source / "summary.json").read_bytes())
    computed = summary_of(metrics, seed=reader.header.seed, state_hash=last.hex())
    names = {name: hostile.next() for name in ("one", "two")}
    keepers = {name: {"liquidations": 1, "too_late": 2, "missed": 3} for name in names.values()}
    latency = {"median": 1, "worst": 2, "left": 0}
    rounds = {"delayed": 1, "worst_delay": 2, "left": 0, "replaced": 0, "missed": 0}
    more = {
        "scenario": hostile.next(),
        "calls_compared": written["calls_compared"],
        "state_digest": hostile.next(),
        "blockspace": {
            "missed_blocks": 4,
            "keeper_latency": latency,
            "keepers": keepers,
            "rounds": rounds,
        },
    }
    (folder / "summary.json").write_bytes(encode_summary({**computed, **more}))


def _timing(hostile: Hostile) -> str:
    told = {"seconds": 1, "seconds_on_invariants": 0, "check": hostile.next()}
    more = {"chain": hostile.next(), "command": hostile.next()}
    return json.dumps({**told, **more, "versions": {hostile.next(): hostile.next()}})
