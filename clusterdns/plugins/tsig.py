"""tsig: queries that are signed with a shared secret are verified, and their replies signed (RFC 8945).

Syntax:
    tsig [ZONES...] {
        secret NAME KEY
        secrets FILE
        require [TYPE...|all|none]
        require_opcode [OPCODE...|all|none]
    }

NAME is a key's name and KEY its base64; FILE holds keys as BIND's named.conf does. Algorithms in it are passed over:
whatever HMAC a client chooses is right, but MD5. Queries of the types, or with the opcodes, of `require` are REFUSED
without a signature. One that does not hold is NOTAUTH, with what is wrong with it. Queries are forwarded unsigned.

Examples:
    example.org {
        tsig {
            secret transfer.key. NoTCJU+DMqFWywaPyxSijrDEA/eC3nK0xi3AMEZuPVk=
            require AXFR IXFR
        }
        whoami
    }
"""

import base64
import binascii
from pathlib import Path
from typing import Final

from clusterdns.corefile import Args, Token
from clusterdns.dns import codes
from clusterdns.dns.names import Name, is_subdomain, name_text, parse_name
from clusterdns.dns.query import Query
from clusterdns.dns.reply import NEVER, Reply, Unanswered
from clusterdns.dns.tsig import USELESS, Signer, verify
from clusterdns.plugins.base import Next, Plugin, Setting

_SYNTAX: Final = "tsig [ZONES...]"
_OPTIONS: Final = {
    "secret": "secret NAME KEY",
    "secrets": "secrets FILE",
    "require": "require TYPE...|all|none",
    "require_opcode": "require_opcode OPCODE...|all|none",
}
_OPCODES: Final = {"QUERY": 0, "IQUERY": 1, "STATUS": 2, "NOTIFY": 4, "UPDATE": 5}
_ALL: Final = "all"
_NONE: Final = "none"


class Tsig(Plugin):
    """Verifies queries and signs replies. `types` and `opcodes` are those that need a signature, None is every one."""

    name = "tsig"

    def __init__(self, setting: Setting, zones: tuple[Name, ...]) -> None:
        self.zones = zones
        self.types: set[int] | None = set()
        self.opcodes: set[int] | None = set()
        self._wall = setting.world.wall

    def passes(self, zone: Name) -> bool:
        return True  # one without a signature that is not required; others are no two alike

    async def serve(self, query: Query, next: Next) -> Reply:
        signature = query.signature
        if signature is None and not self._requires(query):
            return await next(query)
        if not any(is_subdomain(query.name, zone) for zone in self.zones):
            return await next(query)
        if signature is None:
            return Reply.to(query, codes.REFUSED)
        now = self._wall()
        error = verify(query.wire, signature, query.server.secrets, now)
        if error:
            reply = Reply.to(query, codes.NOTAUTH)
        else:
            try:
                reply = (await next(_unsigned(query))).copy()
            except Unanswered as unanswered:
                reply = Reply.to(query, unanswered.rcode)
        reply.good_until = NEVER
        reply.signer = Signer(signature, query.server.secrets, error, now)
        return reply

    def _requires(self, query: Query) -> bool:
        types, opcodes = self.types, self.opcodes
        return types is None or query.qtype in types or opcodes is None or query.opcode in opcodes


def _unsigned(query: Query) -> Query:
    """Plugins below see no signature (RFC 8945 5.5 is not for them)."""
    other = query.copy()
    other.signature = None
    return other


def setup(args: Args, setting: Setting) -> Tsig:
    """Reads `tsig`. Raises `CorefileError`, also for key files that can't be read."""
    for _ in args.once(_SYNTAX):
        tsig = Tsig(setting, tuple(map(parse_name, args.zones(args.words()))))
        for option in args.options(_OPTIONS):
            match option:
                case "secret":
                    name, key = args.words(least=2, most=2)
                    _add(args, setting, name, key)
                case "secrets":
                    _add_file(args, setting, args.words(least=1, most=1)[0])
                case "require":
                    tsig.types = _chosen(args, option, {**codes.TYPES})
                case "require_opcode":
                    tsig.opcodes = _chosen(args, option, _OPCODES)
    return tsig


def _chosen(args: Args, option: Token, known: dict[str, int]) -> set[int] | None:
    words = args.words(least=1)
    if words[0] in (_ALL, _NONE):
        return None if words[0] == _ALL else set()
    unknown = next((word for word in words if word not in known), None)
    if unknown is not None:
        raise args.error(f"'{unknown}' is unknown to {option}", unknown)
    return {known[word] for word in words}


def _add(args: Args, setting: Setting, name: str, key: str, at: Token | None = None) -> None:
    place = at if at is not None else name
    parsed = parse_name(name if name.endswith(".") else f"{name}.")
    if parsed in setting.secrets:
        raise args.error(f"key {name_text(parsed)} is given twice", place)
    try:
        setting.secrets[parsed] = base64.b64decode(key, validate=True)
    except binascii.Error:  # which CoreDNS finds only when somebody uses the key
        setting.secrets[parsed] = USELESS
        setting.world.log.warning(f"key {name_text(parsed)} is no base64: no signature with it holds", Tsig.name)


def _add_file(args: Args, setting: Setting, word: Token) -> None:
    """The keys of a file: `key NAME { algorithm …; secret "…"; };`, with one of these words on each line."""
    try:
        lines = [line.split() for line in Path(word).read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise args.error(f"{word}: {getattr(error, 'strerror', None) or error}", word) from None
    name, key = "", ""
    for number, fields in enumerate(lines, 1):
        value = fields[1].strip('"{;') if len(fields) > 1 else ""
        match fields[:1]:
            case ["key"] if not name and value:
                name = value
            case ["secret"] if name and value:
                key = value
            case ["}" | "};"] if key:
                _add(args, setting, name, key, word)
                name = key = ""
            case ["algorithm"] if name:
                pass
            case []:
                pass
            case _:
                raise args.error(f"{word}:{number}: unexpected {' '.join(fields)!r} in a file of keys", word)
    if name and not key:
        raise args.error(f"{word}: key {name!r} has no secret", word)
    if name:
        _add(args, setting, name, key, word)
