"""The plans of a task's tables, made from both catalogues and the mapping, and made again when a
catalogue changes.
"""

from __future__ import annotations

from collections.abc import Callable

from lab.dms.agreed.spec import TaskSpec
from lab.dms.databases.target import Target
from lab.dms.ground.catalogue import SourceColumn, SourceTable, TargetTable
from lab.dms.ground.logs import METADATA_MANAGER, SOURCE_CAPTURE, TaskLog
from lab.dms.mapping.alterations import Names, read_names, without_altered, write_names
from lab.dms.mapping.resolve import MappedColumn, MappedTable, Resolution, resolve
from lab.dms.transform.plan import TablePlan
from lab.dms.transform.traits import Traits
from lab.dms.values.binding import CODECS, TargetTraits
from lab.dms.values.oracle_types import oracle_type
from lab.dms.values.types import DmsType, SourceTraits, cast, dms_type

TableName = tuple[str, str]


def resolution_of(spec: TaskSpec) -> Resolution:
    """What the target endpoint and the switches of a task decide about its mapping.

    Tables no schema rule speaks of go to TargetSchema, or else to the schema of the endpoint's user
    (AWS DMS user guide, Oracle target).
    """
    return Resolution(
        policy=spec.switches.column_rule_policy,
        default_schema=spec.settings.target_schema or spec.target.user.upper(),
        unsupported=spec.switches.unsupported_transformations,
        before_image_names=spec.switches.before_image_names,
    )


def traits_of(spec: TaskSpec) -> Traits:
    """What the endpoints' attributes, the settings and the switches of a task
    decide about values.
    """
    source, target, switches = spec.source, spec.target, spec.switches
    return Traits(
        masking_seed=switches.masking_seed,
        source=SourceTraits(
            boolean_as_boolean=source.flag("mapBooleanAsBoolean", False)
            and target.flag("mapBooleanAsBoolean", False),
            jsonb_as_clob=source.flag("mapJsonbAsClob", False),
            unbounded_varchar_bytes=source.number("unboundedVarcharMaxSize", 8000),
            trim_char=source.flag("trimSpaceInChar", True),
            clamp_infinity=switches.timestamp_infinity == "clamp",
            long_varchar=source.attributes.get("maplongvarcharas", "wstring"),
            nan_as_null=switches.not_a_number == "null",
            cut_to_type=switches.longer_than_type == "cut",
        ),
        target=TargetTraits(
            empty_string=" " if target.flag("alwaysReplaceEmptyString", True) else None,
            datetime_into_number=switches.datetime_into_number,
            codec=CODECS.get(switches.target_charset),
            time_of_day=switches.time_of_day,
        ),
        support_lobs=spec.settings.support_lobs,
        lob_max_kb=spec.settings.lob_max_kb,
        unchanged_toast=switches.unchanged_toast,
        missing_target_column=switches.missing_target_column,
        cdc_lob_fetch=switches.cdc_lob_fetch,
        lob_write=switches.lob_write,
        fail_on_lob_truncation=any(
            end.flag("failTasksOnLobTruncation", False) for end in (source, target)
        ),
    )


class Tables:
    """Plans by source table. ``read_source`` gives the source's catalogue as it is now."""

    def __init__(
        self, spec: TaskSpec, read_source: Callable[[], tuple[SourceTable, ...]], log: TaskLog
    ) -> None:
        self._spec = spec
        self._read_source = read_source
        self._log = log
        self._traits = traits_of(spec)
        self._warned: set[tuple[TableName, str]] = set()
        self._plans: dict[TableName, TablePlan] = {}
        self.mapped: tuple[MappedTable, ...] = ()
        #: selected tables whose target does not exist, with its name
        self.without_target: dict[TableName, str] = {}
        self._names: Names = {}
        self._stale = False

    def load(self, target: Target) -> None:
        """Resolve the mapping against the source and plan every selected table that exists on the
        target.
        """
        found = resolve(self._spec.mappings, self._read_source(), resolution_of(self._spec))
        self.mapped = tuple(without_altered(mapped, self._names) for mapped in found)
        self._plans.clear()
        self.without_target.clear()
        for mapped in self.mapped:
            name = (mapped.source.schema, mapped.source.name)
            described = target.describe(mapped.target_schema, mapped.target_table)
            if described is None:
                self.without_target[name] = f"{mapped.target_schema}.{mapped.target_table}"
            else:
                self._plans[name] = TablePlan(mapped, described, self._traits, self._warner(name))
        self._stale = False

    @property
    def column_names(self) -> str:
        """Where columns go, for the state of a task that starts afresh."""
        return write_names(self.mapped)

    def resume(self, column_names: str | None) -> None:
        """Go on from a start at which columns went where ``column_names`` says."""
        if self._spec.switches.renamed_columns_on_resume == "lost":
            self._names = read_names(column_names)
            self.mark_stale()

    def mark_stale(self) -> None:
        """A catalogue has changed: plan again before the next change."""
        self._stale = True

    def refresh(self, target: Target) -> None:
        """Plan again if something was marked stale."""
        if self._stale:
            self.load(target)

    def plan(self, schema: str, table: str) -> TablePlan | None:
        return self._plans.get((schema, table))

    # ------------------------------------------------------------ names for DDL

    def target_name(self, schema: str, table: str) -> tuple[str, str] | None:
        """The target of a source table whether it exists or not; None when the mapping does not
        select it.
        """
        found = self._resolve(SourceTable(schema, table, ()))
        return (found[0].target_schema, found[0].target_table) if found else None

    def target_column(self, schema: str, table: str, column: str) -> str | None:
        """The target of a column, also of one that the source has no more; None when a rule leaves
        it out.
        """
        known = next(
            (m.source for m in self.mapped if (m.source.schema, m.source.name) == (schema, table)),
            None,
        )
        found = known and next((item for item in known.columns if item.name == column), None)
        for mapped in self._resolve(
            SourceTable(schema, table, (found or SourceColumn(column, "text"),))
        ):
            return next((item.target for item in mapped.columns if item.source is not None), None)
        return None

    def described(self, schema: str, table: str) -> tuple[MappedTable, tuple[str, ...]] | None:
        """A table as the source has it now with the Oracle types DMS would make of its columns;
        None without it.
        """
        source = next(
            (item for item in self._read_source() if (item.schema, item.name) == (schema, table)),
            None,
        )
        for mapped in self._resolve(source) if source else ():
            return mapped, tuple(oracle_type(self._type_of(column)) for column in mapped.columns)
        return None

    def _type_of(self, column: MappedColumn) -> DmsType:
        if column.data_type is not None:
            return cast(column.data_type)[0]
        return dms_type(column.source, self._traits.source) if column.source else DmsType("wstring")

    def _resolve(self, source: SourceTable) -> tuple[MappedTable, ...]:
        return resolve(self._spec.mappings, (source,), resolution_of(self._spec))

    @property
    def targets(self) -> list[TargetTable]:
        """The targets of all planned tables, as they were described."""
        return [plan.target for plan in self._plans.values()]

    @property
    def names(self) -> set[TableName]:
        """All selected tables, also those without a target."""
        return {(mapped.source.schema, mapped.source.name) for mapped in self.mapped}

    def _warner(self, name: TableName) -> Callable[[str, str], None]:
        def warn(column: str, message: str) -> None:
            if not column:
                self._log.warning(SOURCE_CAPTURE, message)
            elif (name, column) not in self._warned:
                self._warned.add((name, column))
                self._log.warning(METADATA_MANAGER, message)

        return warn
