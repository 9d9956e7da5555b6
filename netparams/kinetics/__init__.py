"""Read reaction schemes from tables, write the schemes as NMODL mechanisms, and check the mechanisms with SciPy."""
