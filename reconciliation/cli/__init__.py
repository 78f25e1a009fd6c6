"""The commands of ``python -m reconciliation``: options, what is printed, and where reports go."""
