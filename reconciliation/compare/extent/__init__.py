"""What is read of a table: which of its rows, and as of which moment."""
