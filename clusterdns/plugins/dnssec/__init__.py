"""dnssec: signs replies as they are given, for clients that want it (RFC 4034, 4035).

Whatever plugins below say is signed. What does not exist is denied by an NSEC record made for the question, which says
that the name exists but has no such type (a "black lie"), so that nobody can list the zone: NXDOMAIN becomes NOERROR.

Syntax:
    dnssec [ZONES...] {
        key file KEY...
        cache_capacity CAPACITY
    }

ZONES default to those of the server block. KEY names a pair of files such as Kexample.org.+013+45330, as dnssec-keygen
makes them (ECDSA, Ed25519, RSA), below `root` if relative. With keys of both sorts those that sign keys (KSK) sign the
DNSKEY records, the others (ZSK) the rest; otherwise each key signs everything. CAPACITY signatures, 10000 by default,
are kept. Keys are not read from the AWS Secrets Manager.

Metrics: `coredns_dnssec_cache_entries`, `coredns_dnssec_cache_hits_total`, `coredns_dnssec_cache_misses_total`.

Examples:
    example.org {
        dnssec {
            key file keys/Kexample.org.+013+45330
            cache_capacity 5000
        }
        whoami
    }
"""

from typing import TYPE_CHECKING, Final

from clusterdns.corefile import Args, Token
from clusterdns.dns import codes
from clusterdns.dns.names import Name, is_subdomain, longest_match, name_text, parse_name
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Reply
from clusterdns.plugins.base import Next, Plugin, Setting
from clusterdns.plugins.dnssec.signer import Signer

if TYPE_CHECKING:
    from clusterdns.records.signing.keys import Key

_SYNTAX: Final = "dnssec [ZONES...]"
_OPTIONS: Final = {"key": "key file KEY...", "cache_capacity": "cache_capacity CAPACITY"}
_CAPACITY: Final = 10_000


class Dnssec(Plugin):
    """Signs for `zones`."""

    name = "dnssec"

    def __init__(self, setting: Setting, zones: tuple[Name, ...], signer: Signer) -> None:
        self.zones = zones
        self.signer = signer

    def passes(self, zone: Name) -> bool:
        return not any(is_subdomain(zone, ours) or is_subdomain(ours, zone) for ours in self.zones)

    async def serve(self, query: Query, next: Next) -> Reply:
        zone = longest_match(query.name, self.zones)
        if zone is None:
            return await next(query)
        if query.qtype == codes.DNSKEY and query.name in self.zones:
            return self.signer.keys_of(query)
        reply = await next(query)
        return self.signer.sign(query, reply, zone, self.zones) if query.do else reply


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `dnssec` and its keys. Raises `CorefileError`."""
    zones: tuple[Name, ...] = ()
    keys: list[Key] = []
    capacity = _CAPACITY
    for _ in args.once(_SYNTAX):
        zones = tuple(map(parse_name, args.zones(args.words())))
        for option in args.options(_OPTIONS):
            if option == "key":
                words = args.words(least=2)
                if words[0] != "file":
                    raise args.error(f"keys are not read from '{words[0]}'", words[0])
                keys += [_read_key(args, setting, word) for word in words[1:]]
            else:
                capacity = args.integer(args.words(least=1)[0], str(option))
    for key in keys:
        if not any(is_subdomain(zone, key.owner) for zone in zones):
            raise args.error(f"key {name_text(key.owner)} (keyid: {key.tag}) can not sign any of the zones")
    return Dnssec(setting, zones, Signer(setting.world, keys, capacity))


def _read_key(args: Args, setting: Setting, word: Token) -> "Key":
    from clusterdns.records.signing.keys import BadKey, read_key  # it takes a while to import

    try:
        return read_key(setting.path(word))
    except BadKey as error:
        raise args.error(str(error), word) from None
