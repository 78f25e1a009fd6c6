"""The SQL engine of the Oracle stand-in: Oracle's SQL and types on a PostgreSQL store."""

from lab.oracle.engine.engine import StoreEngine, open_engine

__all__ = ["StoreEngine", "open_engine"]
