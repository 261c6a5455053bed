"""Where cached replies are: each by its key, no more of them than there is room for.

Most are never asked for again, so they are kept frozen: as the octets of a message. Replies of a dozen objects that
come and go would leave all memory scattered, which costs every query more than to freeze one. What is asked for again
is thawed, for good. Knows no time.
"""

import struct
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.encode import join
from clusterdns.dns.exchange import parse_reply
from clusterdns.dns.query import HEADER_SIZE, Query
from clusterdns.dns.reply import Reply
from clusterdns.plugins.cache.item import Item, Key, question_size

_SHARDS: Final = 256  # in which CoreDNS divides a cache, so that its capacity is a multiple of this
_LEAST_PER_SHARD: Final = 4

Frozen = bytes
"""When it was stored, its TTL, whether it answers its question, and the message, without compressed names."""
_BEFORE_MESSAGE: Final = struct.Struct("!dI?")


def freeze(query: Query, reply: Reply, ttl: int, stored: float, *, answering: bool) -> Frozen:
    """A reply as it is kept; all its records have the same TTL, and it has no OPT record."""
    message = join(0, codes.QR | reply.flags | reply.rcode, query.current, reply)
    return _BEFORE_MESSAGE.pack(stored, ttl, answering) + message


def thaw(frozen: Frozen, key: Key, *, denial: bool) -> Item:
    """A frozen reply as it can be given to clients."""
    stored, ttl, answering = _BEFORE_MESSAGE.unpack_from(frozen)
    message = frozen[_BEFORE_MESSAGE.size :]
    reply = parse_reply(message, message[HEADER_SIZE : HEADER_SIZE + question_size(key)])
    return Item(reply, ttl, stored, answering=answering, denial=denial)


class Store:
    """Room for a number of replies: answers, or denials. When it is full, the one that came first makes room."""

    def __init__(self, capacity: int, *, denial: bool = False) -> None:
        self._denial = denial
        self._most = max(capacity // _SHARDS, _LEAST_PER_SHARD) * _SHARDS
        self.items: dict[Key, Item | Frozen] = {}
        """Replies as they are kept; who wants one to give it to a client calls `get`."""
        # Keys in the order in which they came, from `_next` on; those that were taken out meanwhile are still here. To
        # look for the first key of a dict is slow where others were taken out before it.
        self._keys: list[Key] = []
        self._next = 0

    def __len__(self) -> int:
        return len(self.items)

    def get(self, key: Key) -> Item | None:
        """The item of a key."""
        found = self.items.get(key)
        if isinstance(found, bytes):
            found = self.items[key] = thaw(found, key, denial=self._denial)
        return found

    def add(self, key: Key, item: Item | Frozen) -> bool:
        """Puts a reply in, in place of the one of that key; says whether another one had to go."""
        items, keys, at = self.items, self._keys, self._next
        evicted = False
        if key not in items:
            if len(keys) < self._most:
                keys.append(key)
            else:
                evicted = items.pop(keys[at], None) is not None
                keys[at] = key
                self._next = at + 1 if at + 1 < self._most else 0
        items[key] = item
        return evicted

    def remove(self, key: Key) -> None:
        """Takes the item of a key out, if there is one."""
        self.items.pop(key, None)

    def clear(self) -> None:
        """Takes everything out."""
        self.items.clear()
        self._keys.clear()
        self._next = 0
