"""The rules of a table mapping document, as values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lab.dms.mapping.wildcards import matches, without_escapes

MASKS = ("data-masking-digits-mask", "data-masking-digits-randomize", "data-masking-hash-mask")
DIGITS_MASK, DIGITS_RANDOMIZE, HASH_MASK = MASKS


@dataclass(frozen=True)
class Locator:
    """What a rule speaks of; every name but ``data_type`` is a pattern."""

    schema: str
    table: str = "%"
    column: str | None = None
    data_type: str | None = None

    def covers_table(self, schema: str, table: str) -> bool:
        return matches(self.schema, schema) and matches(self.table, table)

    def without_escapes(self, escape: str) -> Locator:
        column = None if self.column is None else without_escapes(self.column, escape)
        return replace(
            self,
            schema=without_escapes(self.schema, escape),
            table=without_escapes(self.table, escape),
            column=column,
        )


@dataclass(frozen=True)
class FilterCondition:
    """One comparison of a source filter; ``end`` is set for ``between`` and ``notbetween`` only."""

    operator: str
    value: str | None = None
    end: str | None = None


@dataclass(frozen=True)
class Filter:
    """Conditions on one column, joined by OR; several filters of a rule are joined by AND."""

    column: str
    conditions: tuple[FilterCondition, ...]


@dataclass(frozen=True)
class Selection:
    """``table_type`` is table, view or all; ``load_order`` matters to a full load only."""

    rule_id: int
    action: str  # include, exclude, explicit
    locator: Locator
    filters: tuple[Filter, ...] = ()
    table_type: str = "table"
    load_order: int = 0

    def covers(self, schema: str, table: str) -> bool:
        """Whether the rule speaks of a table of that name, which must not be a view."""
        if self.table_type == "view":
            return False
        if self.action == "explicit":
            return (self.locator.schema, self.locator.table) == (schema, table)
        return self.locator.covers_table(schema, table)


@dataclass(frozen=True)
class DataType:
    """The type a rule asks for, in DMS's names (``int8``, ``string``, ``datetime``...)."""

    name: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None


@dataclass(frozen=True)
class BeforeImage:
    """Which columns get a before image (``pk-only``, ``non-lob`` or ``all``)
    and how it is called.
    """

    prefix: str = "BI_"
    suffix: str = ""
    columns: str = "pk-only"

    def name(self, column: str) -> str:
        return f"{self.prefix}{column}{self.suffix}"


@dataclass(frozen=True)
class Transformation:
    rule_id: int
    target: str  # schema, table, column, table-tablespace, index-tablespace
    action: str
    locator: Locator
    value: str | None = None
    old_value: str | None = None
    expression: str | None = None
    data_type: DataType | None = None
    key_columns: tuple[str, ...] = ()
    before_image: BeforeImage = field(default_factory=BeforeImage)

    def renamed(self, name: str) -> str:
        """``name`` after this rule; actions that do not rename leave it as it is.

        A rename by expression is not decided here: it depends on the object.
        """
        value, old = self.value or "", self.old_value or ""
        match self.action:
            case "rename":
                return value or name
            case "convert-uppercase":
                return name.upper()
            case "convert-lowercase":
                return name.lower()
            case "add-prefix":
                return value + name
            case "add-suffix":
                return name + value
            case "remove-prefix":
                return name.removeprefix(value)
            case "remove-suffix":
                return name.removesuffix(value)
            case "replace-prefix":
                return value + name[len(old) :] if name.startswith(old) else name
            case "replace-suffix":
                return name[: len(name) - len(old)] + value if name.endswith(old) else name
            case _:
                return name


@dataclass(frozen=True)
class TableSettings:
    """LOB settings of one table; ``lob_mode`` None means: as the task's settings say."""

    rule_id: int
    schema: str
    table: str
    lob_mode: str | None = None
    lob_max_kb: int | None = None


@dataclass(frozen=True)
class TableMappings:
    selections: tuple[Selection, ...]
    transformations: tuple[Transformation, ...]
    table_settings: tuple[TableSettings, ...] = ()

    def without_escapes(self, escape: str) -> TableMappings:
        """The same rules with the escape character of the target endpoint taken out of their
        patterns.

        Rules that want exact names have no patterns.
        """
        return replace(
            self,
            selections=tuple(
                rule
                if rule.action == "explicit"
                else replace(rule, locator=rule.locator.without_escapes(escape))
                for rule in self.selections
            ),
            transformations=tuple(
                replace(rule, locator=rule.locator.without_escapes(escape))
                for rule in self.transformations
            ),
        )
