"""Compile, load and read NMODL files."""
