"""Zones that somebody wrote down: read from zone files, held, looked up. What a cluster's zone answers is beside this."""
