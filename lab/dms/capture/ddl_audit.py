"""What DMS leaves on the source to see DDL: an audit table, and an event trigger that writes into
it.

The trigger's function deletes its row in the same breath, so the table is always empty and only the
write-ahead log shows what was in it (AWS DMS user guide, PostgreSQL source, CaptureDdls and
DdlArtifactsSchema).
"""

from __future__ import annotations

from lab.dms.agreed.spec import Endpoint
from lab.dms.capture.names import AUDIT_TABLE, INTERCEPT
from lab.dms.databases.source import Source
from lab.dms.ground.errors import TaskFailed
from lab.dms.ground.logs import SOURCE_CAPTURE, TaskLog
from lab.quoting import qualified

_PRESENT = """
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_event_trigger WHERE evtname = %s)
   AND EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n
     ON n.oid = c.relnamespace
                WHERE n.nspname = %s AND c.relname = %s)
"""
_ARTIFACTS = """
CREATE TABLE IF NOT EXISTS {table} (
    c_key bigserial PRIMARY KEY, c_time timestamp, c_user varchar(64), c_txn varchar(16),
      c_tag varchar(24),
    c_oid integer, c_name varchar(64), c_schema varchar(64), c_ddlqry text);
CREATE OR REPLACE FUNCTION {function}() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER AS $body$
BEGIN
    IF tg_tag IN ('CREATE TABLE', 'ALTER TABLE', 'DROP TABLE') THEN
        INSERT INTO {table} (c_time, c_user, c_txn, c_tag, c_oid, c_name, c_schema, c_ddlqry)
        VALUES (pg_catalog.now(), session_user, pg_catalog.txid_current()::varchar(16), tg_tag, 0,
          '',
                pg_catalog.current_schema(), pg_catalog.current_query());
        DELETE FROM {table};
    END IF;
END
$body$;
DROP EVENT TRIGGER IF EXISTS {trigger};
CREATE EVENT TRIGGER {trigger} ON ddl_command_end EXECUTE FUNCTION {function}();
"""


def ddl_schema(endpoint: Endpoint) -> str | None:
    """Where the audit table is, None when DDL is not captured."""
    return (
        (endpoint.attributes.get("ddlartifactsschema") or "public")
        if endpoint.flag("CaptureDdls", True)
        else None
    )


def prepare_ddl_capture(endpoint: Endpoint, source: Source, log: TaskLog) -> None:
    """Create what is missing; a user who may not is told how to go on, and the task goes on without
    DDL.
    """
    schema = ddl_schema(endpoint)
    if schema is None or source.query(_PRESENT, (INTERCEPT, schema, AUDIT_TABLE))[0][0]:
        return
    names = {
        "table": qualified(schema, AUDIT_TABLE),
        "function": qualified(schema, INTERCEPT),
        "trigger": INTERCEPT,
    }
    try:
        source.query(_ARTIFACTS.format(**names))
    except TaskFailed as error:
        log.warning(
            SOURCE_CAPTURE,
            f"DDL is not captured: table {AUDIT_TABLE} and event trigger {INTERCEPT} could not "
            f"be created in schema "
            f"'{schema}' ({error}). Create them as a superuser, or set CaptureDdls to false",
        )
