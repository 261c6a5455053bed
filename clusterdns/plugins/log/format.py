"""How a line of the query log is written: text with placeholders, read once, filled in for each query.

The placeholders are CoreDNS's (plugin/pkg/replacer); what looks like one but is none stays as it is. Knows no rules
about which queries are logged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.names import Name, name_text
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Reply

EMPTY: Final = "-"
COMMON: Final = (
    '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" '
    "{rcode} {>rflags} {rsize} {duration}"
)
COMBINED: Final = COMMON + ' "{>opcode}"'

_FLAGS: Final = (
    (codes.AA, "aa"), (codes.TC, "tc"), (codes.RD, "rd"), (codes.RA, "ra"), (codes.AD, "ad"), (codes.CD, "cd"),
)  # fmt: skip


@dataclass(slots=True)
class Entry:
    """A query and how it went. `asked` and `length` count octets of query and reply.

    `reply` is the one that the client got, None when there was none; `length` counts what was cut off, too. `name` is
    what the client asked for. Whatever else was rewritten on the way is shown as it was asked then.
    """

    name: Name
    query: Query
    asked: int
    reply: Reply | None
    length: int
    seconds: float


Part = Callable[[Entry], str]
Again = Callable[[int, str, int, float], str]
"""Writes the line of a later query that got the same reply, by its ID, the client's host and port, and seconds."""


class Format:
    """How a line is written."""

    def __init__(self, parts: list[tuple[str, Part]]) -> None:
        self._parts = parts

    def line(self, entry: Entry) -> str:
        """The line of an entry."""
        return "".join([part(entry) for _, part in self._parts])

    def again(self, entry: Entry) -> Again | None:
        """What writes the lines of queries with the reply of this one; None if a label of metadata decides."""
        if any(placeholder.startswith("{/") for placeholder, _ in self._parts):
            return None
        pieces = [_OF_EACH.get(name) or part(entry).replace("%", "%%") for name, part in self._parts]
        template = "".join(pieces)

        def write(ident: int, host: str, port: int, seconds: float) -> str:
            return template % {"i": ident, "h": _address(host), "p": port, "s": _seconds(seconds)}

        return write


def compile_format(text: str) -> Format:
    """What writes lines as the text says."""
    parts: list[tuple[str, Part]] = []
    while (end := text.find("}") + 1) > 0:
        start = text.rfind("{", 0, end)
        placeholder = text[start:end] if start >= 0 else ""
        if placeholder in _PLACEHOLDERS:
            parts += [("", _literal(text[:start])), (placeholder, _PLACEHOLDERS[placeholder])]
        elif placeholder.startswith("{/"):
            parts += [("", _literal(text[:start])), (placeholder, _metadata(placeholder[2:-1]))]
        else:
            parts.append(("", _literal(text[:end])))
        text = text[end:]
    return Format([*parts, ("", _literal(text))])


def _literal(text: str) -> Part:
    return lambda _: text


def _metadata(label: str) -> Part:
    def read(entry: Entry) -> str:
        metadata = entry.query.metadata
        return EMPTY if metadata is None or label not in metadata else str(metadata[label])

    return read


def _address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _rcode(entry: Entry) -> str:
    if entry.reply is None:
        return EMPTY
    return codes.RCODE_TEXT.get(entry.reply.rcode) or str(entry.reply.rcode)


def _flags(entry: Entry) -> str:
    reply = entry.reply
    if reply is None:
        return EMPTY
    return ",".join(["qr", *(text for flag, text in _FLAGS if reply.flags & flag)])


def _seconds(seconds: float) -> str:
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + "s"


_OF_EACH: Final = {"{remote}": "%(h)s", "{port}": "%(p)d", "{>id}": "%(i)d", "{duration}": "%(s)s"}
"""Placeholders whose values are each query's own, though its reply be another's."""


_PLACEHOLDERS: Final[dict[str, Part]] = {
    "{type}": lambda entry: codes.type_text(entry.query.qtype),
    "{name}": lambda entry: name_text(entry.name),
    "{class}": lambda entry: codes.class_text(entry.query.qclass),
    "{proto}": lambda entry: entry.query.transport,
    "{size}": lambda entry: str(entry.asked),
    "{remote}": lambda entry: _address(entry.query.client[0]),
    "{port}": lambda entry: str(entry.query.client[1]),
    "{local}": lambda entry: _address(entry.query.local[0]),
    "{>id}": lambda entry: str(entry.query.id),
    "{>opcode}": lambda entry: str(entry.query.opcode),
    "{>do}": lambda entry: "true" if entry.query.do else "false",
    "{>bufsize}": lambda entry: str(entry.query.size),
    "{rcode}": _rcode,
    "{rsize}": lambda entry: str(entry.length),
    "{duration}": lambda entry: _seconds(entry.seconds),
    "{>rflags}": _flags,
}
