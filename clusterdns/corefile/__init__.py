"""The Corefile, read as CoreDNS reads it: text in, server blocks out, and what plugins set themselves up with.

Must not know what a plugin does, nor sockets, clock, logger; files for `import` and the environment are passed in.

Reading a file::

    corefile = parse(text, "/etc/Corefile", env=os.environ, known=ORDER)
    corefile.problems                # all that is wrong, as values: print them, serve nothing
    corefile.warnings                # patterns of imports that match no file
    for block in corefile.blocks:
        block.zones                  # ZoneKey(transport="dns", zone="example.org.", port=5353)
        block.plugins                # names of the plugins it configures
        block.args("cache")          # what it says to one of them

Reading a plugin's lines: `setup` gets an `Args`, a cursor that goes forward only. It goes from directive to
directive (`once`, `each`, `first`), over the words of a line (`word`, `words`, `end`) and the lines of a
block (`options`); `integer`, `duration`, `ip`... read a word and complain at its place::

    SYNTAX = "cache [TTL] [ZONES...]"
    OPTIONS = {
        "success": "success CAPACITY [TTL] [MINTTL]",
        "servfail": "servfail DURATION",
        "keepttl": "keepttl",
    }

    def setup(args: Args) -> Cache:
        options = Options()
        for _ in args.once(SYNTAX):                       # a second `cache` is an error; each() allows it
            words = args.words()                          # the rest of the line, up to `{`
            options.zones = args.zones(words)             # those given, else the server block's; networks split
            for option in args.options(OPTIONS):          # another option is an error: "did you mean"
                match option:
                    case "success":
                        capacity, *rest = args.words(1, 3)
                        options.capacity = args.integer(capacity, "capacity", least=0)
                        if rest:
                            options.ttl = args.integer(rest[0], "TTL", least=1)
                    case "servfail":
                        (word,) = args.words(1, 1)
                        options.servfail = args.duration(word, "TTL", least=0, most=300)
                        if word == "7s":
                            raise args.error(f"TTL {word} is odd", word)
                    case "keepttl":
                        args.words(most=0)

A word is a `Token`: a `str` that knows its `place`. An error raised with it has that place, and the syntax line
as hint: `Corefile:7: cache: TTL 'abc' is not a number (success CAPACITY [TTL] [MINTTL])`.

Choose the step that CoreDNS's setup takes, then the same Corefiles are accepted: `c.RemainingArgs()` is `words`
(stops before `{`), `c.NextArg()` is `word` (takes it; what it leaves on the line is the next option),
`if c.NextArg() { return c.ArgErr() }` is `end`, `c.NextBlock()` is `options`, `SetZonesFromArgs` is
`fallthrough`.
"""

from clusterdns.corefile.addresses import host_port, host_ports_or_file, join_host_port, split_host_port
from clusterdns.corefile.args import Args
from clusterdns.corefile.blocks import Corefile, Directive, ServerBlock
from clusterdns.corefile.errors import CorefileError, Place, quoted, suggest
from clusterdns.corefile.files import Files
from clusterdns.corefile.keys import DEFAULT_PORTS, Claim, ZoneKey, find_overlaps
from clusterdns.corefile.lexer import Token
from clusterdns.corefile.parser import parse
from clusterdns.corefile.patterns import match_groups, parse_pattern
from clusterdns.corefile.values import (
    duration_text,
    parse_duration,
    parse_integer,
    parse_ip,
    parse_network,
    parse_number,
    parse_string,
    parse_unsigned,
)
from clusterdns.corefile.zones import is_domain_name, normalize_name, normalize_zones, split_transport

__all__ = [
    "DEFAULT_PORTS",
    "Args",
    "Claim",
    "Corefile",
    "CorefileError",
    "Directive",
    "Files",
    "Place",
    "ServerBlock",
    "Token",
    "ZoneKey",
    "duration_text",
    "find_overlaps",
    "host_port",
    "host_ports_or_file",
    "is_domain_name",
    "join_host_port",
    "match_groups",
    "normalize_name",
    "normalize_zones",
    "parse",
    "parse_duration",
    "parse_integer",
    "parse_ip",
    "parse_network",
    "parse_number",
    "parse_pattern",
    "parse_string",
    "parse_unsigned",
    "quoted",
    "split_host_port",
    "split_transport",
    "suggest",
]
