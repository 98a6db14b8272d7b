"""Editions of issues, and the threads of editions."""
