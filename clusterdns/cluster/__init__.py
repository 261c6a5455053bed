"""The cluster without the cluster: objects as manifests give them, and what the control plane would make of them.

Values in, values out: no file, no socket, no clock, no logger.
"""
