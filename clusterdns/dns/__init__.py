"""Layer 0: bytes to values and back. Names, records, queries, replies, EDNS; no socket, no clock, no logger."""
