"""What was agreed: the environment profile and the contracts of its tables."""
