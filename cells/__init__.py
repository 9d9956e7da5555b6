"""What a cell is: one cell type a file, each a NetPyNE cell rule that needs nothing of the tuner."""
