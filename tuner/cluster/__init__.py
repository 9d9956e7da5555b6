"""Submit runs as jobs of a cluster."""
