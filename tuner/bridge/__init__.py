"""NetPyNE's batch mode: its scripts as studies, and studies searched by NetPyNE's own Batch."""
