"""Use cases: they ask the core what to do and the ports to do it."""
