"""The static checks: what can be said of a replication without changing or comparing a row."""
