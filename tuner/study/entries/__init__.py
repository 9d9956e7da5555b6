"""Read the entries of a study (values, parameters, protocols, targets), and write entries back as tables."""
