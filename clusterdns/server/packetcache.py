"""Whole replies by whole questions: what is asked again is answered without a chain.

Kept is only what a plugin declared good for a while (`Reply.good_until`): nothing but the question decided it. There
are three ways to a reply, each tried when the one before fails:

- the very same question, octet for octet but for its ID;
- the same question in another case, or with another cookie: the reply is put together with the question's own;
- a question of a family (`Reply.family`): all names that a zone lacks get one denial, and so on.

Replies that somebody wants to be told of, for the query log, are apart from the others and given by `told` alone. When
the cluster's names have changed, all but families are in doubt until they are next asked for (`Reply.still`).

Flags, type, class, EDNS and its options count in all of them. Positive and negative replies have rooms of their own, so
that a flood of names that don't exist pushes out none that do. Knows no plugin.
"""

from itertools import chain
from typing import Final

from clusterdns.dns.edns import COOKIE
from clusterdns.dns.encode import reply_opt
from clusterdns.dns.names import MAX_LENGTH
from clusterdns.dns.query import HEADER_SIZE, Address, Query
from clusterdns.dns.reply import FOREVER, Family, Reply
from clusterdns.plugins.base import World
from clusterdns.server.kept import ID, LARGEST, TYPE_AND_CLASS, Relatives, cut, make_kept
from clusterdns.server.room import MOST_OCTETS, Known, Room

MOST_SHAPES: Final = 256
_MOST_FAMILIES: Final = 1024  # per shape of questions
_KEPT_OCTETS: Final = 512  # that a reply takes beside its message, which is there twice
_FAMILY_OCTETS: Final = 4096

_NAME: Final = HEADER_SIZE  # where the name of a question begins
_OPTIONS: Final = TYPE_AND_CLASS + 11  # octets from a question's name to the options of the OPT record behind it
_COOKIE_BEGINS: Final = _OPTIONS + 4  # octets from there to a cookie, if it comes first
_LAST_END: Final = _NAME + MAX_LENGTH  # of a question's name
_OPT_BEGINS: Final = b"\0\0\x29"
_COOKIE: Final = COOKIE.to_bytes(2, "big")


class _Shape:
    """What questions have that are alike but for name and cookie: replies by name in lower case, and families."""

    __slots__ = ("_others", "_parents", "cookie", "known")

    def __init__(self, cookie: int) -> None:
        self.cookie = cookie  # octets of a question's cookie that are no part of the shape
        self.known = Known()
        self._parents: dict[bytes, tuple[Relatives, ...]] = {}  # families of children, by their zone
        self._others: tuple[Relatives, ...] = ()

    def add_family(self, relatives: Relatives) -> None:
        """Takes in a family, unless it is here."""
        zone, head = relatives.family.zone, relatives.head
        if relatives.family.children:
            if len(self._parents) < _MOST_FAMILIES:
                self._parents.setdefault(zone, (relatives,))
        elif all((other.family.zone, other.head) != (zone, head) for other in self._others):
            self._others = (*self._others, relatives)

    def families(self, name: bytes) -> tuple[Relatives, ...]:
        """The families that a name may be of."""
        parents = self._parents.get(name[1 + name[0] :])
        return self._others if parents is None else parents + self._others

    def settle(self) -> None:
        """Counts the uses in the metrics."""
        self.known.settle()
        for relatives in (*self._others, *chain.from_iterable(self._parents.values())):
            relatives.settle()


class PacketCache:
    """The kept replies of one server address, transport and IP version."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._revisions = world.revisions
        self._exact = Room()
        self._told = Room()
        self.has_told = False
        """Can there be an answer to `told`? For whoever has to find out first who the client is."""
        self._shapes: dict[bytes, _Shape] = {}
        self._shapes_octets = 0
        self.known = self._exact.replies
        """Replies by question without ID, for whoever has called `refresh` in this turn of the loop."""

    def refresh(self) -> None:
        """Doubts all replies if the tables have changed since, and forgets them if anything else has."""
        world, (of_tables, of_others) = self._world, self._revisions
        if of_others != world.revision:
            self.clear()
        elif of_tables != world.tables.revision:
            self._revisions = world.revisions
            self._exact.doubt()
            self._told.doubt()
            for shape in self._shapes.values():
                shape.known.doubt()

    def get(self, wire: bytes, now: float) -> bytes | None:
        """The reply to a question, if it is known; `now` is the clock's reading in seconds."""
        self.refresh()
        tail = self.tail(wire, now)
        return None if tail is None else wire[:ID] + tail

    def tail(self, wire: bytes, now: float) -> bytes | None:
        """As `get`, the reply without its ID, for whoever has called `refresh` in this turn of the loop."""
        kept = self.known.get(wire[ID:])
        if kept is not None and kept.good_until > now:
            kept.uses += 1
            return kept.tail
        return self.seek(wire, now)

    def told(self, wire: bytes, client: Address, received: float) -> bytes | None:
        """The reply to the very same question, after all who want to know were told of it.

        `received` is when the query came in, in the clock's seconds.
        """
        if not self.has_told:
            return None
        self.refresh()
        kept = self._told.get(wire[ID:])
        if kept is None or kept.good_until <= received:
            return None
        kept.uses += 1
        seconds = self._world.clock() - received
        for tell in kept.tells:
            tell(wire, client, seconds)
        return wire[:ID] + kept.tail

    def seek(self, wire: bytes, now: float) -> bytes | None:
        """The reply without its ID to a question that is not among the `known`, if there is a way to it.

        The name is taken to end at the first zero octet. Where a label has one, what is looked up is no name that
        anybody has asked, so nothing is found.
        """
        if self._exact.doubted:
            kept = self._exact.get(wire[ID:])
            if kept is not None and kept.good_until > now:
                kept.uses += 1
                return kept.tail
        end = wire.find(b"\0", _NAME) + 1
        if not _NAME < end <= _LAST_END:
            return None
        cookie = b""
        if wire.startswith(_COOKIE, end + _OPTIONS):
            key, cookie = wire[ID:_NAME] + wire[end : end + _COOKIE_BEGINS], wire[end + _COOKIE_BEGINS :]
        else:
            key = wire[ID:_NAME] + wire[end:]
        shape = self._shapes.get(key)
        if shape is None or shape.cookie != len(cookie):
            return None
        name, known = wire[_NAME:end].lower(), shape.known
        kept = known.replies.get(name)
        if kept is None and known.doubted:
            kept = known.get(name)
        if kept is not None:
            if kept.good_until <= now:
                return None
            kept.uses += 1
            zone = wire[end - len(kept.zone) : end]
            return kept.head + wire[_NAME : end + TYPE_AND_CLASS] + zone.join(kept.parts) + cookie
        for relatives in shape.families(name):
            records = relatives.answer(name)
            if records is not None:
                relatives.uses[end - _NAME] += 1
                return relatives.head + wire[_NAME : end + TYPE_AND_CLASS] + records + relatives.opt + cookie
        return None

    def keep(
        self, query: Query, reply: Reply, message: bytes, revisions: tuple[int, int], *, family: Family | None = None
    ) -> None:
        """Keeps a reply that was begun at these revisions of the world; not if anything has changed since.

        `family` is that of the reply if it may be used. A cookie is the asker's own: it is put into each reply anew.
        """
        self.refresh()
        wire, asked = query.wire, query.asked
        end = _NAME + len(asked)
        if revisions != self._revisions or len(message) > LARGEST:
            return
        if wire[_NAME : end + TYPE_AND_CLASS] != query.question:
            return  # a name that is compressed, or a question that was rewritten and not put back
        rest, cookie = wire[end:], 0
        if query.opt is not None and any(code == COOKIE for code, _ in query.opt.options):
            cookie = len(rest) - _COOKIE_BEGINS
            behind_question = rest[TYPE_AND_CLASS:].startswith(_OPT_BEGINS)
            if len(query.opt.options) > 1 or not behind_question or not message.endswith(rest[_OPTIONS:]):
                return
            rest = rest[:_COOKIE_BEGINS]
        kept = make_kept(query, reply, message)
        if kept is None:
            return
        if kept.tells:
            self.has_told = True
            if not cookie:
                self._told.put(wire[ID:], kept)
            return
        name = asked.lower()
        if asked == name and not cookie:
            self._exact.put(wire[ID:], kept)
        opt = reply_opt(query, reply)
        encoded = opt.encode() if opt is not None else b""
        without_cookie = encoded[: len(encoded) - cookie]
        key = wire[ID:_NAME] + rest
        if family is not None and reply.good_until == FOREVER:
            relatives = Relatives(query, family, message[ID:_NAME], without_cookie)
            self._shape(key, cookie, _FAMILY_OCTETS).add_family(relatives)
        elif reply.case_zone is not None and cut(kept, query, reply, reply.case_zone, without_cookie, cookie):
            shape = self._shape(key, cookie, _KEPT_OCTETS + 2 * len(message))
            shape.known.put(name, kept)

    def _shape(self, key: bytes, cookie: int, octets: int) -> _Shape:
        """The shape of a key, with so many octets more; before they are too many, all shapes are forgotten.

        How many shapes there are, and with `pods insecure` how many names, strangers decide.
        """
        full = self._shapes_octets + octets > MOST_OCTETS
        if full or (key not in self._shapes and len(self._shapes) >= MOST_SHAPES):
            self._clear_shapes()
        self._shapes_octets += octets
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = _Shape(cookie)
        return shape

    def settle(self) -> None:
        """Counts all uses that are not yet in the metrics."""
        self._exact.settle()
        self._told.settle()
        for shape in self._shapes.values():
            shape.settle()

    def clear(self) -> None:
        """Forgets all replies."""
        self._exact.clear()
        self._told.clear()
        self.has_told = False
        self._clear_shapes()
        self._revisions = self._world.revisions

    def _clear_shapes(self) -> None:
        for shape in self._shapes.values():
            shape.settle()
        self._shapes.clear()
        self._shapes_octets = 0
