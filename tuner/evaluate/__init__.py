"""Values in, an evaluation out; and which speed-ups give the raster of plain NetPyNE."""
