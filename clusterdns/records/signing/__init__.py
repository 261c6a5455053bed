"""DNSSEC: keys as BIND writes them, signatures by them, zones signed as a whole. By dnspython."""
