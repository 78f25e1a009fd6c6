"""CREATE, ALTER and DROP SEQUENCE."""

from __future__ import annotations

from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.ddl.sequence_options import SequenceOptions, read_options
from lab.oracle.engine.ddl.tables import check_schema, keep_object, oid_of
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError

#: Oracle's limit, and PostgreSQL's, which is where numbers really end
ORACLE_MAXIMUM = 10**28 - 1
_STORE_MAXIMUM = 2**63 - 1
_DEFAULT_CACHE = 20
#: the sequences of identity columns are named so
IDENTITY_PREFIX = "ISEQ$$_"


def create_sequence(session: Workspace, reader: Reader) -> None:
    """CREATE SEQUENCE; the store hands numbers out one by one, CACHE only
    shows in the dictionary.
    """
    schema, name = reader.path(session.schema)
    check_schema(session, schema)
    options = read_options(reader)
    reader.finish()
    make_sequence(session, schema, name, options)


def make_sequence(session: Workspace, schema: str, name: str, options: SequenceOptions) -> int:
    """Creates a sequence and tells its oid in the store. Raises ORA-04006 and its kin."""
    increment = options.increment or 1
    upwards = increment > 0
    minimum = options.minimum if options.minimum is not None else (1 if upwards else -(10**27) + 1)
    maximum = (
        options.maximum if options.maximum is not None else (ORACLE_MAXIMUM if upwards else -1)
    )
    start = options.start if options.start is not None else (minimum if upwards else maximum)
    if not minimum <= start <= maximum:
        low = start < minimum
        raise OracleError(
            4006 if low else 4008,
            f"START WITH cannot be {'less' if low else 'more'} than "
            f"{'MINVALUE' if low else 'MAXVALUE'}",
        )
    if not -_STORE_MAXIMUM <= start <= _STORE_MAXIMUM:
        raise OracleError(3001, "unimplemented feature: a sequence beyond 2**63")
    target = f"{quote(schema)}.{quote(name)}"
    session.store.run(
        f"CREATE SEQUENCE {target} INCREMENT {increment} MINVALUE {max(minimum, -_STORE_MAXIMUM)} "
        f"MAXVALUE {min(maximum, _STORE_MAXIMUM)} START {start}{' CYCLE' if options.cycle else ''}"
    )
    oid = oid_of(session, schema, name)
    cache = _DEFAULT_CACHE if options.cache is None else options.cache
    session.store.run(
        f"INSERT INTO ora.sequences VALUES ({oid}, {minimum}, {maximum}, {cache}, "
        f"'{'Y' if options.order else 'N'}')"
    )
    keep_object(session, "pg_class", oid, generated=name.startswith(IDENTITY_PREFIX))
    return oid


def _checked(session: Workspace, reader: Reader) -> tuple[str, str]:
    schema, name = reader.path(session.schema)
    if not session.catalog.has_sequence(schema, name):
        raise OracleError(2289, "sequence does not exist")
    if name.startswith(IDENTITY_PREFIX):
        dropping = reader.text.lstrip()[:4].upper() == "DROP"
        word = "drop" if dropping else "alter"
        raise OracleError(
            32794 if dropping else 32793, f"cannot {word} a system-generated sequence"
        )
    return schema, name


def alter_sequence(session: Workspace, reader: Reader) -> None:
    """ALTER SEQUENCE: INCREMENT BY, MINVALUE, MAXVALUE, CACHE, RESTART [START WITH n]."""
    schema, name = _checked(session, reader)
    options = read_options(reader)
    reader.finish()
    if options.start is not None and not options.restart:
        raise OracleError(2283, "cannot alter starting sequence number")
    parts = []
    if options.increment is not None:
        parts.append(f"INCREMENT {options.increment}")
    if options.minimum is not None:
        parts.append(f"MINVALUE {max(options.minimum, -_STORE_MAXIMUM)}")
    if options.maximum is not None:
        parts.append(f"MAXVALUE {min(options.maximum, _STORE_MAXIMUM)}")
    if options.cycle:
        parts.append("CYCLE")
    if options.restart:
        parts.append("RESTART" if options.start is None else f"START {options.start} RESTART")
    oid = oid_of(session, schema, name)
    if parts:
        session.store.run(f"ALTER SEQUENCE {quote(schema)}.{quote(name)} {' '.join(parts)}")
    kept = {"min_value": options.minimum, "max_value": options.maximum, "cache_size": options.cache}
    for column, value in kept.items():
        if value is not None:
            session.store.run(f"UPDATE ora.sequences SET {column} = {value} WHERE relation = {oid}")


def drop_sequence(session: Workspace, reader: Reader) -> None:
    """DROP SEQUENCE [schema.]name"""
    schema, name = _checked(session, reader)
    reader.finish()
    oid = oid_of(session, schema, name)
    session.store.run(
        f"DELETE FROM ora.sequences WHERE relation = {oid}; DROP SEQUENCE "
        f"{quote(schema)}.{quote(name)}"
    )
