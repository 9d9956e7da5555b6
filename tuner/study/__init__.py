"""Read and check studies; nothing is simulated here."""
