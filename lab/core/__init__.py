"""The lab's life: profile, PostgreSQL clusters, components, supervisor, state."""
