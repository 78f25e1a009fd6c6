"""The plans of a task's tables, made from both catalogues and the mapping, and made again when a catalogue changes."""

from __future__ import annotations

from collections.abc import Callable

from lab.dms.binding import TargetTraits
from lab.dms.catalogue import SourceTable
from lab.dms.logs import METADATA_MANAGER, SOURCE_CAPTURE, TaskLog
from lab.dms.mapping.alterations import Names, read_names, without_altered, write_names
from lab.dms.mapping.resolve import MappedTable, Resolution, resolve
from lab.dms.spec import TaskSpec
from lab.dms.target import Target
from lab.dms.transform import TablePlan, Traits
from lab.dms.types import SourceTraits

TableName = tuple[str, str]


def resolution_of(spec: TaskSpec) -> Resolution:
    """What the target endpoint and the switches of a task decide about its mapping.

    Tables no schema rule speaks of go to TargetSchema, or else to the schema of the endpoint's user (AWS DMS user
    guide, Oracle target).
    """
    return Resolution(
        policy=spec.switches.column_rule_policy,
        default_schema=spec.settings.target_schema or spec.target.user.upper(),
        unsupported=spec.switches.unsupported_transformations,
        before_image_names=spec.switches.before_image_names,
    )


def traits_of(spec: TaskSpec) -> Traits:
    """What the endpoints' attributes, the settings and the switches of a task decide about values."""
    source, target, switches = spec.source, spec.target, spec.switches
    return Traits(
        masking_seed=switches.masking_seed,
        source=SourceTraits(
            boolean_as_boolean=source.flag("mapBooleanAsBoolean", False) and target.flag("mapBooleanAsBoolean", False),
            jsonb_as_clob=source.flag("mapJsonbAsClob", False),
            unbounded_varchar_bytes=source.number("unboundedVarcharMaxSize", 8000),
            trim_char=source.flag("trimSpaceInChar", True),
            clamp_infinity=switches.timestamp_infinity == "clamp",
        ),
        target=TargetTraits(
            empty_string=" " if target.flag("alwaysReplaceEmptyString", True) else None,
            datetime_into_number=switches.datetime_into_number,
        ),
        support_lobs=spec.settings.support_lobs,
        lob_max_kb=spec.settings.lob_max_kb,
        unchanged_toast=switches.unchanged_toast,
        missing_target_column=switches.missing_target_column,
    )


class Tables:
    """Plans by source table. ``read_source`` gives the source's catalogue as it is now."""

    def __init__(self, spec: TaskSpec, read_source: Callable[[], tuple[SourceTable, ...]], log: TaskLog) -> None:
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
        """Resolve the mapping against the source and plan every selected table that exists on the target."""
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
