"""One task's life: where it begins, what it survives, how it ends."""
