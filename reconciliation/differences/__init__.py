"""What differences have in common, and the likely cause of each."""
