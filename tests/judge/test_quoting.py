"""Names in statements that SQLAlchemy writes are those of the catalogue."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import oracle, postgresql

from reconciliation.databases.quoting import selectable
from reconciliation.model import ColumnType
from tests.judge.catalogues import table


@pytest.mark.parametrize("dialect", [oracle.dialect(), postgresql.dialect()])
def test_a_name_keeps_its_case_on_both_sides(dialect: sa.Dialect) -> None:
    names = ("ID", "note", "order", "DATE", "MixedCase", "한글")
    columns = dict.fromkeys(names, ColumnType("NUMBER"))
    there = table("TRAVELBUDDY.flightspecial", columns, key=("ID",))
    statement = str(sa.select(selectable(there)).compile(dialect=dialect))
    for name in names:
        assert f'"TRAVELBUDDY"."flightspecial"."{name}"' in statement
