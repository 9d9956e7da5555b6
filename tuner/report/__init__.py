"""What people read of a run: the page, its pictures, the terminal's lines, the status."""
