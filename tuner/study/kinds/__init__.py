"""Detect the kind of a model on disk, and build the model's specs; a new kind is a new module."""
