"""Engines, versions and instance classes there are in the lab."""

from __future__ import annotations

from datetime import UTC, datetime

ENGINES = {
    "postgres": "PostgreSQL",
    "aurora-postgresql": "Amazon Aurora PostgreSQL",
    "oracle": "Oracle",
}
SETTINGS_MEMBERS = {
    "postgres": "PostgreSQLSettings",
    "aurora-postgresql": "PostgreSQLSettings",
    "oracle": "OracleSettings",
}
#: version -> release date
ENGINE_VERSIONS = {
    "3.5.3": datetime(2024, 5, 17, tzinfo=UTC),
    "3.5.4": datetime(2024, 11, 15, tzinfo=UTC),
    "3.6.1": datetime(2025, 7, 1, tzinfo=UTC),
}
INSTANCE_CLASSES = (
    "dms.t3.micro",
    "dms.t3.small",
    "dms.t3.medium",
    "dms.t3.large",
    "dms.c5.large",
    "dms.r5.large",
)
