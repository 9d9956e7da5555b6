"""From features and targets to a loss."""
