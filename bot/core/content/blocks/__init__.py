"""Items written as one block of text."""
