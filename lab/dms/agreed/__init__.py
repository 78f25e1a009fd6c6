"""What a task was told: its specification, settings, switches, and where it begins and ends."""
