"""State machine of a publication: states, the next step, and the reaction to every error."""
