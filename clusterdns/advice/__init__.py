"""Layer 3: what is served as it was given, and probably not as it was meant.

Judges the objects of a cluster for people who wonder why a name does not resolve. Values in, values out: no socket, no
clock, no plugin; files are known by the manifests that were read from them.
"""
