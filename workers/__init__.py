"""The long-running loops: the relay and the projectors."""
