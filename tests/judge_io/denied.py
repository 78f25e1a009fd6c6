"""Things an account may not see, on a running lab: taken away by its administrators, and given
back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import oracledb
import psycopg2

#: SYSTEM gets the password of the replication's user: both verifiers are kept in the stand-in's
#: store
_SAME_PASSWORD = """
UPDATE ora.users SET salt = d.salt, key = d.key FROM ora.users d WHERE ora.users.name = 'SYSTEM'
  AND d.name = 'DMSUSER'
"""
_REFUSAL = (
    "User: arn:aws:iam::000000000000:user/nightly is not authorized to perform: {action} "
    "on resource: *"
)


class Administrators:
    """The administrators of both databases of a lab; ``state`` is its state file."""

    def __init__(self, state: Path) -> None:
        self._state = json.loads(state.read_text(encoding="utf-8"))
        self._run("store", _SAME_PASSWORD)

    def _run(self, which: str, *statements: str) -> None:
        state = self._state[which]
        connection = psycopg2.connect(
            host=state["host"],
            port=state["port"],
            dbname=state["database"],
            user=state["user"],
            password=state["password"],
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()

    def oracle(self, *statements: str) -> None:
        """Statements of SYSTEM."""
        state = self._state["oracle"]
        dsn = f"{state['host']}:{state['port']}/{state['service']}"
        with (
            oracledb.connect(user="system", password=state["password"], dsn=dsn) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)

    def postgresql(self, *statements: str) -> None:
        """Statements of a superuser of the source."""
        self._run("postgres", *statements)

    @contextmanager
    def policy(self, schema: str, table: str) -> Iterator[None]:
        """A policy that hides rows stands in Oracle's dictionary: the stand-in has the view and no
        policies.
        """
        names = (
            "OBJECT_OWNER OBJECT_NAME POLICY_GROUP POLICY_NAME PF_OWNER PACKAGE FUNCTION SEL "
            "INS UPD DEL IDX ENABLE"
        )
        known = {
            "OBJECT_OWNER": schema,
            "OBJECT_NAME": table,
            "POLICY_NAME": "ONLY_OWN",
            "SEL": "YES",
            "ENABLE": "YES",
        }
        columns = ", ".join(
            f"'{known.get(name, '')}'::text AS \"{name}\"" for name in names.split()
        )
        view = 'CREATE OR REPLACE VIEW "SYS"."DBA_POLICIES" AS SELECT'
        self._run("store", f"{view} {columns}")
        try:
            yield
        finally:
            self._run("store", f"{view} {columns} WHERE false")

    @contextmanager
    def without(self, *grants: str) -> Iterator[None]:
        """Grants of Oracle taken back for a while: ``SELECT ON
        SYS.DBA_TRIGGERS``, all of VERIFIER.
        """
        self.oracle(*(f"REVOKE {grant} FROM VERIFIER" for grant in grants))
        try:
            yield
        finally:
            self.oracle(*(f"GRANT {grant} TO VERIFIER" for grant in grants))

    @contextmanager
    def only_any_table(self, *of_table: str) -> Iterator[None]:
        """Rows can be read and removed, with ANY TABLE in place of the grants ``of_table``;
        triggers cannot be seen.
        """
        any_table = "SELECT ANY TABLE, DELETE ANY TABLE"
        with (
            self.exchanged(
                "oracle", f"GRANT {any_table} TO VERIFIER", f"REVOKE {any_table} FROM VERIFIER"
            ),
            self.without("SELECT ON SYS.DBA_TRIGGERS", *of_table),
        ):
            yield

    @contextmanager
    def exchanged(self, party: str, statement: str, back: str) -> Iterator[None]:
        """A statement of the administrator of ``party`` (``oracle`` or ``postgresql``), undone by
        another one.
        """
        run = getattr(self, party)
        run(statement)
        try:
            yield
        finally:
            run(back)


@contextmanager
def refused(client: Any, operation: str, action: str) -> Iterator[None]:
    """A call of a boto3 client is answered as AWS answers an identity without the permission
    ``action``.
    """
    from botocore.awsrequest import AWSResponse

    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    words = _REFUSAL.format(action=action)
    body = json.dumps({"__type": "AccessDeniedException", "message": words}).encode()
    if client.meta.service_model.protocol == "query":
        error = f"<Error><Code>AccessDenied</Code><Message>{words}</Message></Error>"
        body = f"<ErrorResponse>{error}</ErrorResponse>".encode()

    def answer(request: Any, **_: Any) -> AWSResponse:
        response = AWSResponse(request.url, 403, {"content-type": "text/plain"}, None)
        response._content = body
        return response

    client.meta.events.register(event, answer)
    try:
        yield
    finally:
        client.meta.events.unregister(event, answer)
