"""The entries of a study: values, parameters and targets, read from their tables and written back."""
