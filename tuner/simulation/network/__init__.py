"""The one NetPyNE network of a process, and how it follows new specs."""
