"""The life of a publication: its states, the next step, and the answer to every error."""
