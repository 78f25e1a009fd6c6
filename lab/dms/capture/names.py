"""DMS's own objects on the source, and pglogical's."""

from __future__ import annotations

AUDIT_TABLE = "awsdms_ddl_audit"
INTERCEPT = "awsdms_intercept_ddl"
HEARTBEAT_TABLE = "awsdms_heartbeat"
OWN_PREFIX = "awsdms_"
PGLOGICAL_SCHEMA = "pglogical"
