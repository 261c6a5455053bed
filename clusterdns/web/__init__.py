"""Layer 5: what is read over HTTP."""
