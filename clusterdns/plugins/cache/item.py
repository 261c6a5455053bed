"""A reply as it is cached, and what it is found by.

Knows time as seconds that are passed in. Must not know where replies are kept.
"""

import struct
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply

_FLAGS: Final = codes.RA | codes.AD


WILDCARD: Final = "zone/wildcard"
"""The label of metadata that says which wildcard stood for a name."""

Key = bytes
"""What a cached reply is found by: name, then type, class, DO and CD."""
_BEHIND_NAME: Final = struct.Struct("!HH??")


def key_of(query: Query) -> Key:
    """The key of a query's reply: an upstream may answer otherwise where DO or CD are set."""
    opt = query.opt
    do = opt is not None and opt.do
    return query.name + _BEHIND_NAME.pack(query.qtype, query.qclass, do, query.flags & codes.CD)


def question_size(key: Key) -> int:
    """Octets of the question that a key is of."""
    return len(key) - _BEHIND_NAME.size + 4


class Item:
    """A cached reply: good for `ttl` seconds from `stored`.

    `answering` says that its records do answer its question, `denial` that it is kept among the denials. It has the
    reply's lists of records, which nobody changes.
    """

    __slots__ = ("_sections", "_shown", "answering", "denial", "flags", "last_good", "rcode", "stored", "ttl", "use")

    def __init__(self, reply: Reply, ttl: int, stored: float, *, answering: bool, denial: bool) -> None:
        self.rcode = reply.rcode
        self.flags = reply.flags & _FLAGS
        self.ttl = ttl
        self.stored = stored
        self.answering = answering
        self.denial = denial
        self.last_good: Item | None = None  # what answered, when this does not
        self.use: Use | None = None  # none yet
        self._shown = ttl
        self._sections = reply.answer, reply.authority, reply.additional

    @property
    def good(self) -> "Item | None":
        """The last one that answers the question, this or the one before."""
        return self if self.answering else self.last_good

    def left(self, now: float) -> int:
        """Seconds until it expires, or, negative, since then."""
        return self.ttl - int(now - self.stored)

    def reply_to(self, query: Query, ttl: int, *, wants_ad: bool) -> Reply:
        """The reply to a query, every record with that TTL.

        AA is set, as by CoreDNS for the sake of old clients; AD only if the client understands it
        (RFC 6840 5.7).
        """
        flags = self.flags if wants_ad else self.flags & ~codes.AD
        reply = Reply.to(query, self.rcode, flags | codes.AA)
        if ttl != self._shown:
            answer, authority, additional = self._sections
            self._sections = with_ttl(answer, ttl), with_ttl(authority, ttl), with_ttl(additional, ttl)
            self._shown = ttl
        reply.answer, reply.authority, reply.additional = map(list, self._sections)
        if query.metadata is not None and self.use is not None and self.use.wildcard:
            query.metadata[WILDCARD] = self.use.wildcard
        return reply

    def used(self) -> "Use":
        """How it is used, from now on remembered."""
        if self.use is None:
            self.use = Use()
        return self.use


class Use:
    """How a cached reply is used and fetched anew, and the wildcard that it was made of, as metadata has it."""

    __slots__ = ("hits", "last_hit", "refreshing", "retry_after", "wildcard")

    def __init__(self) -> None:
        self.wildcard = ""
        self.last_hit = float("-inf")
        self.hits = 0
        self.refreshing = False
        self.retry_after = float("-inf")

    def hit(self, now: float, within: float) -> int:
        """Counts a hit; returns how many there were in a row, none of them more than `within` seconds apart."""
        self.hits = 1 if self.last_hit < now - within else self.hits + 1
        self.last_hit = now
        return self.hits

    def begin_refresh(self, now: float, recheck: float) -> bool:
        """Says whether a refresh may begin: one at a time, and none for `recheck` seconds after one that failed."""
        if self.refreshing or (recheck and now < self.retry_after):
            return False
        self.refreshing = True
        return True

    def end_refresh(self, now: float, recheck: float, *, refreshed: bool) -> None:
        """A refresh has ended."""
        self.retry_after = float("-inf") if refreshed else now + recheck
        self.refreshing = False


def with_ttl(records: list[Record], ttl: int) -> list[Record]:
    """The records with another TTL."""
    return [record.with_ttl(ttl) for record in records] if records else []
