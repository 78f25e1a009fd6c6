"""CREATE, ALTER, DROP and their kin."""

from lab.oracle.engine.ddl.run import run_ddl

__all__ = ["run_ddl"]
