"""Tables of the contract that cannot be read as agreed: absent, a view, without a column, without a grant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Engine, text

from reconciliation.contract import check_contract
from reconciliation.errors import ContractError, Unreadable
from reconciliation.model import Contract, TableContract

if TYPE_CHECKING:
    from reconciliation.judge import Judge

_SOURCE_KIND = """
SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
                      WHEN 'S' THEN 'sequence' ELSE 'relation of another kind' END
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = :schema AND c.relname = :name AND c.relkind NOT IN ('r', 'p')
"""
_TARGET_KIND = "SELECT LOWER(OBJECT_TYPE) FROM ALL_OBJECTS WHERE OWNER = :schema AND OBJECT_NAME = :name " \
               "AND OBJECT_TYPE <> 'TABLE'"  # fmt: skip


def unfit_tables(judge: Judge, each_table: bool) -> dict[str, str]:
    """Why tables cannot be judged, by source name: what the contract names has to exist on both sides.

    Raises ContractError for the first one unless ``each_table``.
    """
    found: dict[str, str] = {}
    for table in judge.contract.tables:
        try:
            check_contract(Contract((table,)), judge.source_catalogue, judge.target_catalogue)
        except ContractError as error:
            words = f"{error}{_instead(judge, table)}"
            if not each_table:
                raise ContractError(words) from None
            found[table.source] = words
    return found


def _instead(judge: Judge, table: TableContract) -> str:
    """What stands in the place of an absent table, when something does."""
    profile = judge.profile
    if table.source not in judge.source_catalogue:
        return _kind(judge.source, _SOURCE_KIND, profile.source.schema, table.source)
    if table.target not in judge.target_catalogue:
        return _kind(judge.target, _TARGET_KIND, profile.target.schema, table.target)
    return ""


def _kind(engine: Engine, statement: str, schema: str, full_name: str) -> str:
    if not full_name.startswith(f"{schema}."):
        return f" ({full_name} is not in schema {schema}, which the profile names)"
    try:
        with engine.connect() as connection:
            names = {"schema": schema, "name": full_name[len(schema) + 1 :]}
            kind = connection.execute(text(statement), names).scalars().first()
    except Unreadable:
        return ""
    return f" ({full_name} is a {kind}: only tables are replicated and compared; name the table behind it)" if kind \
        else ""  # fmt: skip
