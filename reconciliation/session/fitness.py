"""Tables of the contract that cannot be read as agreed: absent, a view, without a column, without a
grant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, text

from reconciliation.agreed.contract import check_contract
from reconciliation.agreed.profile import Profile
from reconciliation.databases.sight import oracle
from reconciliation.errors import ContractError, Unreadable, Unseen
from reconciliation.model import Catalogue, Contract, TableContract
from reconciliation.session.connected import Connected

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


def unfit_tables(
    profile: Profile,
    contract: Contract,
    both: Connected,
    catalogues: tuple[Catalogue, Catalogue],
    each_table: bool,
) -> dict[str, str]:
    """Why tables cannot be judged, by source name: what the contract names has to exist on both
    sides, and tables of Oracle may be hidden.

    Raises ContractError for the first one that is not hidden, unless ``each_table``.
    """
    found: dict[str, str] = {}
    for table in contract.tables:
        try:
            check_contract(Contract((table,)), *catalogues)
        except ContractError as error:
            absent = _Absent(table, profile, both, *catalogues)
            instead = absent.instead()
            unseen = None if instead else absent.unseen()
            found[table.source] = str(unseen or f"{error}{instead}")
            if not each_table and unseen is None:
                raise ContractError(found[table.source]) from None
    return found


@dataclass(frozen=True)
class _Absent:
    """A table of the contract that a catalogue does not show as agreed."""

    table: TableContract
    profile: Profile
    both: Connected
    source_catalogue: Catalogue
    target_catalogue: Catalogue

    def unseen(self) -> Unseen | None:
        """Why Oracle's table may be there, although the catalogue does not show it."""
        table = self.table
        if table.source not in self.source_catalogue or table.target in self.target_catalogue:
            return None
        if _schema_of(table.target, self.profile.target.schemas) is None:
            return None  # of another schema nothing was read
        return oracle.table_unseen(self.both.target, table.target)

    def instead(self) -> str:
        """What stands in the place of an absent table, when something does."""
        table, profile = self.table, self.profile
        if table.source not in self.source_catalogue:
            return _kind(self.both.source, _SOURCE_KIND, profile.source.schemas, table.source)
        if table.target not in self.target_catalogue:
            return _kind(self.both.target, _TARGET_KIND, profile.target.schemas, table.target)
        return ""


def _schema_of(full_name: str, schemas: Sequence[str]) -> str | None:
    """The one of the profile's schemas that a table is in."""
    return next((schema for schema in schemas if full_name.startswith(f"{schema}.")), None)


def _kind(engine: Engine, statement: str, schemas: Sequence[str], full_name: str) -> str:
    schema = _schema_of(full_name, schemas)
    if schema is None:
        return f" ({full_name} is not in schema {' or '.join(schemas)}, which the profile names)"
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
