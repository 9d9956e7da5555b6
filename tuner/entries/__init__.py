"""The entries of a study: values, parameters and targets, read from their tables and written back."""

from tuner.entries.labels import drop_empty
from tuner.entries.parameters import parameter_table, read_space, read_values
from tuner.entries.targets import TARGET_KEYS, read_targets, target_table

__all__ = [
    "TARGET_KEYS",
    "drop_empty",
    "parameter_table",
    "read_space",
    "read_targets",
    "read_values",
    "target_table",
]
