"""Turn features and targets into a loss."""
