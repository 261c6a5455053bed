"""A resource record in wire form, ready to be joined into an answer.

The owner and the names inside the data are uncompressed; `encode` compresses. Records are values: nobody changes one,
`with_owner` and `with_ttl` make another. Knows nothing of messages or of text (see `text`).
"""

import struct
from typing import Final

from clusterdns.dns.codes import IN

FIXED: Final = struct.Struct("!HHIH")
"""What stands between owner and data: type, class, TTL, length of the data (RFC 1035 4.1.3)."""


class Record:
    """One resource record (RFC 1035 3.2.1).

    `owner` is a spelled name in wire form, `ttl` counts seconds, `rdata` is uncompressed. `tail` is all that follows
    the owner on the wire.
    """

    __slots__ = ("owner", "rclass", "rdata", "rtype", "tail", "ttl")

    def __init__(
        self, owner: bytes, rtype: int, ttl: int, rdata: bytes, rclass: int = IN, tail: bytes | None = None
    ) -> None:
        self.owner = owner
        self.rtype = rtype
        self.rclass = rclass
        self.ttl = ttl
        self.rdata = rdata
        self.tail = FIXED.pack(rtype, rclass, ttl, len(rdata)) + rdata if tail is None else tail

    def with_ttl(self, ttl: int) -> "Record":
        """The same record with another TTL in seconds."""
        return self if ttl == self.ttl else Record(self.owner, self.rtype, ttl, self.rdata, self.rclass)

    def with_owner(self, owner: bytes) -> "Record":
        """The same record of another owner."""
        return Record(owner, self.rtype, self.ttl, self.rdata, self.rclass)

    def with_rdata(self, rdata: bytes) -> "Record":
        """The same record with other data."""
        return Record(self.owner, self.rtype, self.ttl, rdata, self.rclass)

    def __len__(self) -> int:
        """Octets on the wire, uncompressed."""
        return len(self.owner) + len(self.tail)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self.owner == other.owner and self.tail == other.tail

    def __hash__(self) -> int:
        return hash((self.owner, self.tail))

    def __repr__(self) -> str:
        from clusterdns.dns.text import record_text

        return f"<{record_text(self)}>"
