"""Draw the pictures of the report."""
