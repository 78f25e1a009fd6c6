"""The legacy tables of TravelBuddy in a server of a test's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import oracledb

from lab.core.legacy import fill_schemas
from lab.core.paths import ROOT
from lab.core.profile import load_profile

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def create_legacy(
    connection: oracledb.Connection, *, trigger_enabled: bool, seeded: bool = True
) -> None:
    """The lab's tables; the connection is their owner's."""
    lab = replace(load_profile("lab", ROOT), legacy_trigger_enabled=trigger_enabled)
    if not seeded:
        lab = replace(lab, world=replace(lab.world, target_seeds=()))
    fill_schemas({"TRAVELBUDDY": connection}, lab, START)
