"""Compare the pages of docs/ with the program, and run the code blocks of the pages."""
