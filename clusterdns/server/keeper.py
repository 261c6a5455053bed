"""The keeper: the manifests' objects, what the control plane makes of them, and the tables compiled from that.

Reads manifests, watches them, and carries each change from a file to the tables; a broken file is reported and its last
good objects stay. Knows files and objects; sockets and the Corefile are the server's.
"""
