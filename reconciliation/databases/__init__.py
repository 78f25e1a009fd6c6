"""Connections, AWS clients, catalogues, rows and keys, and what an account is able to see."""
