"""Layer 7: what is read over HTTP."""
