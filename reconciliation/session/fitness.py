"""Tables of the contract that cannot be read as agreed: absent, a view, without a column, without a
grant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Engine, text

from reconciliation.agreed.contract import check_contract
from reconciliation.databases.sight import oracle
from reconciliation.errors import ContractError, Unreadable, Unseen
from reconciliation.model import Contract, TableContract

if TYPE_CHECKING:
    from reconciliation.session.judge import Judge

_SOURCE_KIND = """
SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
  WHEN 'f' THEN 'foreign table'
                      WHEN 'S' THEN 'sequence' ELSE 'relation of another kind' END
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = :schema AND c.relname = :name AND c.relkind NOT IN ('r', 'p')
"""
_TARGET_KIND = (
    "SELECT LOWER(OBJECT_TYPE) FROM ALL_OBJECTS WHERE OWNER = :schema AND OBJECT_NAME = :name "
    "AND OBJECT_TYPE <> 'TABLE'"
)


def unfit_tables(judge: Judge, each_table: bool) -> dict[str, str]:
    """Why tables cannot be judged, by source name: what the contract names has to exist on both
    sides.

    Raises ContractError for the first one unless ``each_table``; Unseen for tables of Oracle that
    may be hidden.
    """
    found: dict[str, str] = {}
    hidden: list[str] = []
    for table in judge.contract.tables:
        try:
            check_contract(Contract((table,)), judge.source_catalogue, judge.target_catalogue)
        except ContractError as error:
            instead = _instead(judge, table)
            unseen = None if instead else _unseen(judge, table)
            found[table.source] = str(unseen or f"{error}{instead}")
            hidden += [str(unseen)] if unseen else []
            if not each_table and unseen is None:
                raise ContractError(found[table.source]) from None
    if hidden and not each_table:
        raise Unseen("; ".join(hidden))
    return found


def _unseen(judge: Judge, table: TableContract) -> Unseen | None:
    """Why Oracle's table may be there, although the catalogue does not show it."""
    if table.source not in judge.source_catalogue or table.target in judge.target_catalogue:
        return None
    if not table.target.startswith(f"{judge.profile.target.schema}."):
        return None  # of another schema nothing was read
    return oracle.table_unseen(judge.target, table.target)


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
    return (
        f" ({full_name} is a {kind}: only tables are replicated and compared; name the table "
        f"behind it)"
        if kind
        else ""
    )
