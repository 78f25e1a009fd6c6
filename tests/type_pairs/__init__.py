"""Every pair of a PostgreSQL type and an Oracle type, with values that must be equal and values
that must differ.
"""
