"""Keep runs on disk: evaluations, manifest, rasters, and the process that owns a folder."""
