"""Build the sections of the report page, one module each; a new section is a new module here."""
