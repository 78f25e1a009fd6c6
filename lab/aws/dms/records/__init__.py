"""What DMS keeps of its resources, and how each looks to clients; operations are elsewhere."""
