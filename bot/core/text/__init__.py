"""X's view of a text: its weight, links and graphemes, and where it may be cut."""
