"""Sections of the report's page, one module each; a new section is a new module here."""
