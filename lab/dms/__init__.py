"""The replication of one task: changes of a PostgreSQL database carried into an Oracle database, as
AWS DMS does it.
"""
