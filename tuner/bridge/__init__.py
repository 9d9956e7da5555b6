"""Run scripts of NetPyNE's batch mode as studies, and search studies with NetPyNE's own Batch."""
