"""Check the language of docstrings, comments, messages and pages."""
