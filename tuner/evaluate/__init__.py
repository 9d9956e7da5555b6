"""Evaluate candidates, and test which speed-ups give the raster of plain NetPyNE."""
