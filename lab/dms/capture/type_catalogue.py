"""How the text of each type of the source is read, by the type's oid and by the name PostgreSQL
prints for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lab.dms.capture.literals import (
    Literal,
    array_of,
    boolean,
    json_value,
    moment,
    number,
    record_of,
)

TYPES = """
SELECT t.oid::bigint, pg_catalog.format_type(t.oid, NULL), t.typname, t.typtype,
  t.typbasetype::bigint,
       CASE WHEN t.typcategory = 'A' THEN t.typelem::bigint ELSE 0 END, coalesce(e.typdelim, ','),
       EXISTS (SELECT 1 FROM pg_catalog.pg_cast c JOIN pg_catalog.pg_type j ON j.oid = c.casttarget
                WHERE c.castsource = t.oid AND j.typname = 'json' AND c.castmethod = 'f'),
       CASE WHEN t.typtype = 'c' THEN
            (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END,
       CASE WHEN t.typtype = 'c' THEN
            (SELECT array_agg(a.atttypid::bigint ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END
  FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem
"""
_BY_NAME: dict[str, Literal] = {
    **dict.fromkeys(("int2", "int4", "int8", "float4", "float8", "numeric"), number),
    **dict.fromkeys(("timestamp", "timestamptz"), moment),
    **dict.fromkeys(("json", "jsonb"), json_value),
    "bool": boolean,
}


@dataclass(frozen=True)
class _Type:
    oid: int
    formatted: str
    name: str
    kind: str
    base: int
    element: int
    delimiter: str
    has_json_cast: bool
    attributes: tuple[str, ...]
    attribute_types: tuple[int, ...]


class TypeCatalogue:
    """``read`` gives the rows of TYPES; they are read again for a type that is not known."""

    def __init__(self, read: Callable[[], Iterable[tuple[object, ...]]]) -> None:
        self._read = read
        self._types: dict[int, _Type] = {}
        self._oids: dict[str, int] = {}
        self._literals: dict[int, Literal | None] = {}
        self._load()

    def by_oid(self, oid: int) -> Literal | None:
        """How to read the type's text; None when it is taken as it is."""
        if oid not in self._types:
            self._load()
        return self._literal(oid)

    def by_name(self, formatted: str) -> Literal | None:
        """The same by the name format_type prints (``timestamp with time zone``)."""
        if formatted not in self._oids:
            self._load()
        return self._literal(self._oids.get(formatted, 0))

    def _load(self) -> None:
        found = (
            _Type(*row[:8], tuple(row[8] or ()), tuple(row[9] or ()))  # type: ignore[arg-type,call-arg]
            for row in self._read()
        )
        self._types = {one.oid: one for one in found}
        self._oids = {one.formatted: one.oid for one in self._types.values()}
        self._literals = {}

    def _literal(self, oid: int) -> Literal | None:
        if oid not in self._literals:
            self._literals[oid] = self._made(self._types.get(oid))
        return self._literals[oid]

    def _made(self, one: _Type | None) -> Literal | None:
        if one is None:
            return None
        if one.kind == "d":
            return self._literal(one.base)
        if one.element:
            return array_of(self._literal(one.element), one.delimiter)
        if one.kind == "c":
            return record_of(
                [*zip(one.attributes, map(self._literal, one.attribute_types), strict=True)]
            )
        return _BY_NAME.get(one.name)
