"""Show a run to people: the page, the pictures, the lines on the terminal, and the status."""
