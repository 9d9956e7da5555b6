"""Features: a recording in, a number out; one module for each question."""
