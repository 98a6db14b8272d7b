"""Texts as X counts, links and shows them, and the places where they may be cut."""
