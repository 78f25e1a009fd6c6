"""What a task keeps in its directory for those who start and watch it: lock, state, bell."""
