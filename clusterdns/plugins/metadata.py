"""metadata: collects what plugins know of each query, for log lines, expressions, templates and rewrite rules.

Each piece has a label, `PLUGIN/NAME`:

- `kubernetes/client-namespace`, `client-pod-name`, `client-label/LABEL` of the Pod that asks, with `pods verified`;
  `kubernetes/kind`, `namespace`, `service`, `endpoint`, `port-name`, `protocol`, and with `zonal` also `zone`, as the
  name says; `kubernetes/parse-error` if it says nothing
- `view/name`
- once the query was answered, `forward/upstream`, `zone/wildcard`, `log/type` and `log/class`

Syntax:
    metadata [ZONES...]

ZONES are those whose names metadata is collected for, by default those of the server block.

Examples:
    . {
        metadata
        log . "{remote} asked {name}: {rcode} from {/forward/upstream}"
        forward . 9.9.9.9
    }
"""

from clusterdns.corefile import Args
from clusterdns.dns.names import Name, longest_match, parse_name
from clusterdns.dns.query import Query
from clusterdns.plugins.base import Plugin, Setting


class Metadata(Plugin):
    """Collects metadata before a query comes to its chain, as a view may ask for it."""

    name = "metadata"

    def __init__(self, zones: tuple[Name, ...], setting: Setting) -> None:
        self._zones = zones
        self._plugins = setting.plugins

    def collect(self, query: Query) -> None:
        """Gives the query its metadata, and no other."""
        query.metadata = {}
        if longest_match(query.name, self._zones) is None:
            return
        for plugin in self._plugins.values():
            query.metadata.update(plugin.metadata(query))


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `metadata`. Raises `CorefileError` for a block and for a second directive."""
    args.first("metadata [ZONES...]")
    zones = tuple(map(parse_name, args.zones(args.words())))
    args.no_options()
    for name in args.each("metadata [ZONES...]"):
        raise args.error("can be used only once in a server block", name)
    plugin = Metadata(zones, setting)
    setting.collect = plugin.collect
    return plugin
