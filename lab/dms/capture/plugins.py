"""The output plugins: which one a task reads with, and how each is started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.dms.agreed.spec import TaskSpec
from lab.dms.capture import test_decoding
from lab.dms.capture.assembler import Assembler
from lab.dms.capture.pglogical import PglogicalAssembler
from lab.dms.capture.pgoutput import PgoutputAssembler
from lab.dms.capture.selection import Selection
from lab.dms.capture.spill import Collector
from lab.dms.capture.test_decoding import TestDecodingAssembler
from lab.dms.capture.type_catalogue import TYPES, TypeCatalogue
from lab.dms.databases.source import Source
from lab.dms.ground.errors import TaskFailed

PGLOGICAL, TEST_DECODING, PGOUTPUT = "pglogical_output", "test_decoding", "pgoutput"
PLUGINS = (PGLOGICAL, TEST_DECODING, PGOUTPUT)
_NO_PREFERENCE = "no-preference"
_BY_SETTING = {
    "pglogical": PGLOGICAL,
    "test-decoding": TEST_DECODING,
    "test_decoding": TEST_DECODING,
}
_PRESENT = """
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'pglogical')
   AND coalesce((SELECT setting ~ '\\mpglogical\\M' FROM pg_catalog.pg_settings
                  WHERE name = 'shared_preload_libraries'), true)
"""


def choose_plugin(spec: TaskSpec, source: Source) -> str:
    """The plugin for a new slot: pglogical if there is one, else test_decoding, unless PluginName
    says which.

    (AWS DMS user guide, PostgreSQL source.) pgoutput is a choice of the stand-in only. Raises
    TaskFailed.
    """
    if spec.switches.source_plugin == "pgoutput":
        return PGOUTPUT
    wanted = str(spec.source.attributes.get("pluginname") or _NO_PREFERENCE).strip().lower()
    if wanted != _NO_PREFERENCE and wanted not in _BY_SETTING:
        raise TaskFailed(
            f"Endpoint setting PluginName is '{wanted}'; it must be pglogical, test-decoding or "
            f"no-preference"
        )
    if wanted in ("test-decoding", "test_decoding"):
        return TEST_DECODING
    if source.query(_PRESENT)[0][0]:
        return PGLOGICAL
    if wanted == "pglogical":
        raise TaskFailed(
            "Extension pglogical is not installed in the source database; add it to "
            "shared_preload_libraries, "
            "restart, then CREATE EXTENSION pglogical, or set PluginName to test-decoding"
        )
    return TEST_DECODING


def options(plugin: str, slot: str) -> Mapping[str, str]:
    """What the plugin is started with; sets and publications are those of ``publishing``."""
    if plugin == PGLOGICAL:
        return {
            "min_proto_version": "1",
            "max_proto_version": "1",
            "startup_params_format": "1",
            "proto_format": "json",
            "expected_encoding": "UTF8",
            "pglogical.replication_set_names": f"{slot},i{slot}",
        }
    if plugin == PGOUTPUT:
        return {"proto_version": "1", "publication_names": f'"{slot}","i{slot}"'}
    return test_decoding.OPTIONS


def assembler(plugin: str, selection: Selection, collector: Collector, source: Source) -> Assembler:
    """What puts the plugin's messages together."""
    if plugin == PGLOGICAL:
        return PglogicalAssembler(selection, collector)

    def read_types() -> list[tuple[Any, ...]]:
        return source.query(TYPES)

    made = PgoutputAssembler if plugin == PGOUTPUT else TestDecodingAssembler
    return made(selection, collector, TypeCatalogue(read_types))
