"""Executors: each maps a function over tasks and isolates their failures."""
