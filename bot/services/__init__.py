"""Use cases: decisions by the core, effects through the ports."""
