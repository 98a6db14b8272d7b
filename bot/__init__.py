"""flashtweet: a newsroom's YAML files, published as threads on X."""

__version__ = "0.1.0"
