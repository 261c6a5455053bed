"""Which server block a query goes to: one of the longest zone that its name is in, and there the first that takes it.

A block without a view takes every query for its zones. Knows server blocks and queries, no replies.
"""

from collections.abc import Iterable

from clusterdns.dns import codes
from clusterdns.dns.names import ROOT, Name, is_subdomain, suffixes
from clusterdns.dns.query import Query
from clusterdns.server.site import Site


class Router:
    """The server blocks of one address, by their zones, in the order of the Corefile."""

    def __init__(self, sites: Iterable[tuple[Name, Site]]) -> None:
        self.zones: dict[Name, list[Site]] = {}
        for zone, site in sites:
            self.zones.setdefault(zone, []).append(site)
        self._personal = {zone for zone, served in self.zones.items() if any(map(_asks_who, served))}
        self.single = self.sole(ROOT) if self.zones.keys() == {ROOT} else None
        """The block that takes every query; None if there are others, or metadata is wanted of queries."""
        if self.single is not None and self.single.setting.collect is not None:
            self.single = None

    def route(self, query: Query) -> Site | None:
        """The block of a query, None if there is none that answers. The query gets its view and its metadata.

        A question for DS goes to the block of a parent zone, if one is here (RFC 4035 3.1.4.1). The root is no parent
        in this sense: it takes what no other zone does.
        """
        for_ds: Site | None = None
        for suffix in suffixes(query.name):
            last_resort = suffix == ROOT != query.name
            if last_resort and for_ds is not None:
                break
            for site in self.zones.get(suffix, ()):
                if site.chain is None:
                    if last_resort:
                        continue
                    return None
                if not _takes(site, query):
                    continue
                if last_resort or query.qtype != codes.DS:
                    return site
                for_ds = site
        return for_ds

    def is_personal(self, name: Name) -> bool:
        """May it be that who asks decides on the block for the name?"""
        return bool(self._personal) and any(suffix in self._personal for suffix in suffixes(name))

    def sole(self, zone: Name) -> Site | None:
        """The block that takes every query but those for DS, for every name in the zone; None if it is not one."""
        if any(other != zone and is_subdomain(other, zone) for other in self.zones):
            return None
        served = next((self.zones[suffix] for suffix in suffixes(zone) if suffix in self.zones), [])
        return served[0] if len(served) == 1 and served[0].setting.view is None else None


def _takes(site: Site, query: Query) -> bool:
    """Does a block take a query? Metadata is collected before, since a view may ask for it."""
    setting = site.setting
    if setting.collect is not None:
        setting.collect(query)
    if setting.view is None:
        return True
    if not setting.view.takes(query):
        return False
    query.view = setting.view.view_name
    return True


def _asks_who(site: Site) -> bool:
    return site.setting.view is not None and site.setting.view.is_personal
