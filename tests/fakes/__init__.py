"""Small real implementations of our own ports, for tests of services."""
