"""Kinds of models: how each is recognised on disk, and how its specs are made. A new kind is a new module."""
