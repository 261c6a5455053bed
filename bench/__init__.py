"""Side by side on one machine: what a query costs here, and what it costs Knot, Unbound, BIND and dnsmasq.

    python -m bench                    every row, five pairs each (about a quarter of an hour)
    python -m bench cluster walks      some of them
    python -m bench.spy cluster        which function of our server the time of a row goes to
    python bench/bigcluster.py         how long a big cluster takes to load

Needs Linux, and from Debian `dnsperf` and the servers to compare with. How to read it: docs/performance.md.
"""
