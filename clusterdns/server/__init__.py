"""Layer 5: from sockets to plugins and back. Chain, sites, service, sockets, workers."""
