"""Whether two databases can digest a table's rows alike: asked of both, in
words when they cannot.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection

from reconciliation.compare.checksums.forms import NoDigests
from reconciliation.compare.extent.ranges import NoRange, check_key
from reconciliation.compare.streams.row_form import RowForm
from reconciliation.databases.drivers import driver_of, oracledb_of, psycopg2_of
from reconciliation.databases.faults import driver_errors, explain, words
from reconciliation.errors import EnvironmentFault, Lost

#: character sets of Oracle whose bytes are those of PostgreSQL's UTF8 (UTF8 writes characters
#: beyond U+FFFF in six bytes: rows that hold one have another digest there, and are read)
UTF_8 = frozenset({"AL32UTF8", "UTF8"})
_PROBE = "a"
_EXPECTED = hashlib.md5(_PROBE.encode(), usedforsecurity=False).hexdigest()


def check_key_columns(rows: RowForm) -> None:
    """Raises NoDigests for a key that cannot be cut into ranges."""
    try:
        check_key(rows.key_rules, oracle=rows.target_is_oracle)
    except NoRange as reason:
        raise NoDigests(str(reason)) from None


def check_databases(rows: RowForm, source: Connection, target: Connection) -> None:
    """Raises NoDigests, saying why in words for the report, and EnvironmentFault for a lost
    connection or a refusal.
    """
    oracle = rows.target_is_oracle
    _postgresql(source, texts=oracle)
    if oracle:
        _oracle(target)
    else:
        _postgresql(target, texts=False)


def _postgresql(connection: Connection, *, texts: bool) -> None:
    encoding = psycopg2_of(connection).get_parameter_status("server_encoding")
    if texts and encoding != "UTF8":
        raise NoDigests(
            f"PostgreSQL's database is in {encoding}, not UTF8, and would digest other bytes"
        )
    _expect(connection, f"SELECT md5('{_PROBE}')", "PostgreSQL")


def _oracle(connection: Connection) -> None:
    driver = oracledb_of(connection)
    if int(driver.version.split(".")[0]) < 12:
        raise NoDigests(f"Oracle {driver.version} has no STANDARD_HASH, which came with 12.1")
    sql = "SELECT value FROM nls_database_parameters WHERE parameter = 'NLS_CHARACTERSET'"
    try:
        name = _first_value(connection, sql)
    except driver_errors("Error") as error:
        raise _fault(connection, error) from None
    if name not in UTF_8:
        raise NoDigests(
            f"Oracle's character set is {name}, "
            f"not {' or '.join(sorted(UTF_8))}, and would digest other bytes"
        )
    _expect(
        connection, f"SELECT LOWER(RAWTOHEX(STANDARD_HASH('{_PROBE}', 'MD5'))) FROM DUAL", "Oracle"
    )


def _first_value(connection: Connection, sql: str) -> object:
    if connection.engine.url.get_backend_name() == "oracle":
        with oracledb_of(connection).cursor() as asked:
            row = asked.execute(sql).fetchone()
    else:
        with psycopg2_of(connection).cursor() as cursor:
            cursor.execute(sql)
            row = cursor.fetchone()
    return row[0] if row else None


def _fault(connection: Connection, error: BaseException) -> EnvironmentFault:
    """The driver is used directly, so SQLAlchemy has to be told of a lost connection."""
    closed = bool(getattr(driver_of(connection), "closed", False))
    fault = explain(error, connection.engine.url, connecting=False, closed=closed)
    if isinstance(fault, Lost):
        connection.invalidate()
    return fault


def _expect(connection: Connection, sql: str, product: str) -> None:
    try:
        found = _first_value(connection, sql)
    except driver_errors("Error") as error:
        fault = _fault(connection, error)
        if isinstance(fault, Lost):
            raise fault from None
        raise NoDigests(f"{product} makes no MD5 digests ({words(error)})") from None
    if found != _EXPECTED:
        raise NoDigests(f"{product} makes another MD5 digest of {_PROBE!r}: {found}")
