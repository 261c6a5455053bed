"""Zone files (RFC 1035 section 5) to records: owners, TTLs, classes and the directives, record by record.

Words are read by dnspython. What is left out is filled in as CoreDNS does it: the TTL is that of
`$TTL`, else the last one given, and has to be known for a record without class. Whoever calls gives the files in as
bytes; every complaint has file and line. Reads no file itself and knows nothing of lookups.
"""

import errno
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import PurePath
from typing import Final

import dns.exception
import dns.name
import dns.tokenizer
import dns.ttl

from clusterdns.dns import codes
from clusterdns.dns.names import Name
from clusterdns.dns.record import Record
from clusterdns.records.zones.data import read_data
from clusterdns.records.zones.generate import expand
from clusterdns.records.zones.zone import Zone, serial_of

Read = Callable[[str], bytes]
"""The bytes of a file. Raises `OSError`."""

_MOST_INCLUDES: Final = 7  # one in the other
_GENERATED_TTL: Final = 3600  # seconds, of what $GENERATE makes
_MOST_DATA: Final = 64_000  # octets, so that every record fits into a message of 65535
_UNSUPPORTED: Final = frozenset({codes.NSEC3, codes.NSEC3PARAM})
_DIRECTIVES: Final = frozenset({"$ORIGIN", "$TTL", "$INCLUDE", "$GENERATE"})


class ZoneFileError(Exception):
    """What is wrong in a zone file: `file`, `line` from 1 on, `problem`."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}")
        self.file = file
        self.line = line
        self.problem = problem


def read_zone(file: str, origin: Name, read: Read, unless_serial: int | None = None) -> Zone | None:
    """The zone that a file holds; None if its serial is still `unless_serial`, which is seen at its first SOA.

    Raises `OSError` if the file can't be read, `ZoneFileError` for what is no zone.
    """
    records: list[Record] = []
    seen_soa = False
    for record in parse_records(read(file), file, origin, read):
        if record.rtype == codes.SOA and not seen_soa:
            seen_soa = True
            if serial_of(record) == unless_serial:
                return None
        records.append(record)
    if not seen_soa:
        raise ZoneFileError(file, 1, "no SOA record")
    return Zone(origin, records)


def parse_records(text: bytes, file: str, origin: Name, read: Read) -> Iterator[Record]:
    """The records of a zone file's `text`, also those of the files it includes. Raises `ZoneFileError`."""
    return _Reader(text, file, dns.name.from_wire(origin, 0)[0], read).records()


@lru_cache(maxsize=1024)
def parse_record(text: str, default_ttl: int = 3600) -> Record:
    """The one record that `text` is, as a line of a zone file with full names; `default_ttl` in seconds.

    Raises `ValueError`.
    """
    lines = _Reader(text.encode(), "", dns.name.root, _no_file)
    lines.ttl, lines.unsupported = default_ttl, frozenset()
    try:
        return next(lines.records())
    except ZoneFileError as error:
        raise ValueError(f"'{text}': {error.problem}") from None
    except StopIteration:
        raise ValueError(f"'{text}' is no record (owner [TTL] [class] type data)") from None


def _no_file(path: str) -> bytes:
    raise FileNotFoundError(errno.ENOENT, "there are no files to include here", path)


class _Reader:
    """Reads one file, or the lines that `$GENERATE` makes. `line` is where the record at hand begins."""

    def __init__(self, text: bytes, file: str, origin: dns.name.Name, read: Read) -> None:
        self.words = dns.tokenizer.Tokenizer(_ascii(text), file)
        self.file = file
        self.origin = origin
        self.read = read
        self.owner: bytes | None = None
        self.ttl: int | None = None
        self.ttl_is_fixed = False  # by $TTL: a record's own does not become the next one's
        self.depth = 0  # of includes
        self.unsupported = _UNSUPPORTED
        self.generated_at = 0  # line of the $GENERATE whose lines these are

    def records(self) -> Iterator[Record]:
        """All records. Raises `ZoneFileError` for the first line that is wrong."""
        while True:
            line = self.generated_at or self.words.where()[1]
            try:
                word = self.words.get(want_leading=True)
                if word.is_eof():
                    return
                if word.is_identifier() and word.value.upper() in _DIRECTIVES:
                    yield from self._directive(word.value.upper(), line)
                elif not word.is_eol():
                    yield from self._record(word)
            except (dns.exception.DNSException, ValueError) as error:
                raise ZoneFileError(self.file, line, str(error) or type(error).__name__) from None

    # Records.

    def _record(self, first: dns.tokenizer.Token) -> Iterator[Record]:
        """The record of a line, none if the line is blank."""
        named = not first.is_whitespace()
        word = self.words.get()
        if named:
            self.owner = self._name(first)
        elif word.is_eol_or_eof():
            return
        if self.owner is None:
            raise ValueError("a record without owner, and none before it")
        ttl, rclass, rtype = self._kind(word, named=named)
        rdata = read_data(self.words, self.origin, rtype)
        if len(rdata) > _MOST_DATA:
            raise ValueError(f"data of {len(rdata)} octets, more than a message can carry")
        yield Record(self.owner, rtype, ttl, rdata, rclass)

    def _kind(self, word: dns.tokenizer.Token, *, named: bool) -> tuple[int, int, int]:
        """TTL and class, in either order or left out, and type: three numbers."""
        ttl = rclass = None
        while True:
            text = word.value
            if not word.is_identifier():
                raise ValueError("a record type is missing (owner [TTL] [class] type data)")
            if rclass is None and (known := codes.parse_class(text)) is not None:
                rclass = known
            elif (rtype := codes.parse_type(text)) is not None:
                break
            elif ttl is None:
                ttl = _ttl(text, "a TTL, class or record type")
            else:
                raise ValueError(f"'{text}' is not a record type")
            word = self.words.get()
        if rtype in self.unsupported:
            raise ValueError(f"{codes.type_text(rtype)} records are not supported: sign with NSEC")
        if ttl is not None and not self.ttl_is_fixed:
            self.ttl = ttl
        if ttl is None and self.ttl is None and rclass is None and named:
            raise ValueError("no TTL here and none before: begin the file with $TTL 1h")
        return ttl if ttl is not None else self.ttl or 0, rclass or codes.IN, rtype

    def _name(self, word: dns.tokenizer.Token) -> bytes:
        try:
            name = self.words.as_name(word, self.origin).to_wire()
        except dns.exception.DNSException as error:
            raise ValueError(f"owner '{word.value}': {error}") from None
        assert name is not None
        return name

    # Directives (RFC 1035 5.1, RFC 2308 section 4, BIND's $GENERATE).

    def _directive(self, name: str, line: int) -> Iterator[Record]:
        word = self.words.get()
        if not word.is_identifier():
            raise ValueError(f"{name} needs a value")
        if name == "$GENERATE":
            yield from self._generate(word.value, line)
        elif name == "$INCLUDE":
            yield from self._include(word.unescape().value)
        else:
            self.words.get_eol()
            if name == "$TTL":
                self.ttl, self.ttl_is_fixed = _ttl(word.value, "a TTL"), True
            else:
                self.origin = self.words.as_name(word, self.origin)

    def _include(self, file: str) -> Iterator[Record]:
        """The records of another file. Neither owner nor TTL nor origin come back from there."""
        word = self.words.get()
        origin = self.origin
        if not word.is_eol_or_eof():
            origin = self.words.as_name(word, self.origin)
            self.words.get_eol()
        if self.depth == _MOST_INCLUDES:
            raise ValueError(f"$INCLUDE {file}: more than {_MOST_INCLUDES} files one in the other")
        path = str(PurePath(self.file).parent / file)
        try:
            text = self.read(path)
        except OSError as error:
            raise ValueError(f"$INCLUDE {path}: {error.strerror}") from None
        inner = _Reader(text, path, origin, self.read)
        inner.ttl, inner.ttl_is_fixed, inner.depth = self.ttl, self.ttl_is_fixed, self.depth + 1
        yield from inner.records()

    def _generate(self, span: str, line: int) -> Iterator[Record]:
        """The records of a line with `$` in it, once for each number of `span`."""
        if self.generated_at:
            raise ValueError("$GENERATE within $GENERATE")
        words = []
        while not (word := self.words.get()).is_eol_or_eof():
            words.append(f'"{word.value}"' if word.is_quoted_string() else word.value)
        text = "\n".join(expand(span, " ".join(words)))
        inner = _Reader(text.encode(), self.file, self.origin, self.read)
        inner.ttl, inner.generated_at = _GENERATED_TTL, line
        yield from inner.records()


def _ttl(text: str, what: str) -> int:
    try:
        return dns.ttl.from_text(text)
    except dns.ttl.BadTTL:
        raise ValueError(f"'{text}' is not {what}") from None


def _ascii(text: bytes) -> str:
    r"""The text with octets above 127 as `\DDD`, so that they stay what they are in names and strings."""
    return re.sub(rb"[\x80-\xff]", lambda octet: rb"\%03d" % octet[0][0], text).decode("ascii")
