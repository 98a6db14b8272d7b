"""Schedule of editions, and the checks before their slots."""
