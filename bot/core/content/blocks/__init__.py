"""Items that are written as one block of text."""
