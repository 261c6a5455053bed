"""Zones that somebody wrote down: read from zone files, held, looked up. A cluster's zone is made elsewhere."""
