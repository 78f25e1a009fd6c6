"""Values of row types, which only PostgreSQL knows the fields of."""

from __future__ import annotations

from sqlalchemy import Engine, text

from reconciliation.model import Value

_FIELDS = """
SELECT CASE WHEN t.typcategory IN ('N', 'S') AND a.attnum = 1 THEN 'counted' ELSE 'empty' END
  FROM pg_type r JOIN pg_attribute a ON a.attrelid = r.typrelid JOIN pg_type t ON t.oid = a.atttypid
 WHERE r.oid = CAST(CAST(:declared AS text) AS regtype) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum
"""
#: how many values there are of a type whose first field is a number or a text
_COUNTED = 97


def composite_values(engine: Engine, declared: str) -> tuple[Value, ...]:
    """Values of a row type as PostgreSQL prints them: a number in the first field where that can
    hold one, and nothing in the others.
    """
    with engine.connect() as connection:
        fields = connection.execute(text(_FIELDS), {"declared": declared}).scalars().all()
    empty = "," * (len(fields) - 1)
    if fields and fields[0] == "counted":
        return tuple(f"({number}{empty})" for number in range(1, _COUNTED))
    return (f"({empty})",) if fields else ()
