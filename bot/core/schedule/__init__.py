"""When editions are due, and the checks before their slots."""
