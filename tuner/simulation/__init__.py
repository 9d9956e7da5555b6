"""A built network to a recording."""
