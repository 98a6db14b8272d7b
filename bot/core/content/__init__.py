"""Issues as editions, and editions as the posts of a thread."""
