"""The texts of one table's rows: which columns they hold, in which order, and the SQL that makes
them on each side.

The key comes first. Oracle's VARCHAR2 ends at 4000 bytes, so a wide row is written as several
texts, its *parts*; the worst case counts, not what the rows hold today.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciliation.canonical import ColumnRule, accepted_rule, charsets
from reconciliation.compare.extent.ranges import KeyRange, conditions
from reconciliation.compare.streams.beside import Beside, beside
from reconciliation.compare.streams.forms import Form, canonical_pair, form_of
from reconciliation.compare.streams.source import columns_of, first_text
from reconciliation.compare.streams.statement import Statement
from reconciliation.databases.fetching import broken
from reconciliation.databases.quoting import quoted, quoted_table
from reconciliation.databases.rows import Side, source_side, target_side
from reconciliation.describe import digest, show
from reconciliation.errors import CanonicalError
from reconciliation.model import KEYED, SIDES, CatalogueTable, Key, TableContract

#: bytes of the longest text Oracle concatenates (ORA-01489 beyond), without extended data types
LONGEST_TEXT = 4000
#: PostgreSQL: a function takes 100 arguments
_ARGUMENTS = 90


@dataclass(frozen=True)
class Field:
    """One column pair within the text."""

    rule: ColumnRule
    form: Form

    @property
    def longest(self) -> int:
        """Bytes of the target's text at most, with its length and separators."""
        return self.form.longest + (6 if self.form.counted else 1)


class NoTexts(Exception):  # noqa: N818 - the rows are compared in memory instead
    """This table's rows cannot be written as texts; says which column is in the way."""


@dataclass(frozen=True)
class Layout:
    """How rows are written, and read back; ``parts`` are the fields of each text, the key's fields
    first.

    ``own`` are the fields that are columns beside the texts, in the order in which they follow
    them.
    """

    table: TableContract
    parts: tuple[tuple[Field, ...], ...]
    source: Statement
    target: Statement
    #: how PostgreSQL counts the values that a conversion makes less exact, and the names of those
    #: counts
    counts: Statement
    reductions: tuple[str, ...]
    sides: tuple[str, str] = SIDES
    own: tuple[Field, ...] = ()
    beside: Beside | None = None

    @property
    def source_sql(self) -> str:
        """What PostgreSQL is asked."""
        return self.source.sql

    @property
    def target_sql(self) -> str:
        """What Oracle is asked."""
        return self.target.sql

    @property
    def reductions_sql(self) -> str:
        """What PostgreSQL is asked for the counts of ``reductions``."""
        return self.counts.sql

    @property
    def target_is_oracle(self) -> bool:
        """Always: two PostgreSQL tables are compared as ``BinaryRows``."""
        return True

    @property
    def hides_broken(self) -> bool:
        """Whether U+FFFD in a row's texts stands for bytes that are none: in one column that is
        text.
        """
        return any(
            charsets.hides_broken_bytes(field.rule.target.type.charset)
            for part in self.parts
            for field in part
        )

    @property
    def key_rules(self) -> tuple[ColumnRule, ...]:
        """The rules of the key's columns in order."""
        return tuple(field.rule for field in self.parts[0][: len(self.table.key)])

    def within(self, keys: KeyRange) -> Layout:
        """The same for the rows of a range of keys; raises NoRange."""
        ours, theirs = conditions(self.key_rules, keys)
        return replace(
            self,
            source=self.source.where(ours),
            target=self.target.where(theirs),
            counts=self.counts.where(ours),
            beside=self.beside and self.beside.where(theirs),
        )

    @property
    def fields(self) -> tuple[Field, ...]:
        return (*(field for part in self.parts for field in part), *self.own)

    def source_key(self, row: bytes) -> Key:
        """The canonical key of a PostgreSQL row. Raises ValueError or ArithmeticError for an
        unreadable one.
        """
        return self._key(first_text(row), source=True)

    def target_key(self, row: bytes) -> Key:
        """The same of an Oracle row."""
        return self._key(first_text(row), source=False)

    def alike(
        self,
        source: bytes,
        target: bytes,
        accepted: Counter[str],
        reductions: Counter[str] | None = None,
    ) -> bool:
        """Whether two unlike rows of one key hold the same values, but for what somebody accepted,
        which is counted.

        What two unlike texts of one value lose in the comparison is counted in ``reductions``, also
        for a row that differs elsewhere.
        """
        try:
            ours, theirs = self.split(columns_of(source)), self.split(columns_of(target))
        except (
            ValueError
        ):  # Oracle counts characters in another way: looked at again through the drivers
            return False
        found: Counter[str] = Counter()
        same = True
        for field, left, right in zip(self.fields, ours, theirs, strict=True):
            if left != right and not same_value(field, left, right, found, reductions):
                same = False
        if same:
            accepted.update(found)
        return same

    def _key(self, written: str, source: bool) -> Key:
        found, position = [], 0
        for field in self.parts[0][: len(self.table.key)]:
            text, position = _key_part(written, position, field)
            try:
                pair = canonical_pair(
                    field.rule, field.form, text if source else None, None if source else text
                )
            except (ValueError, ArithmeticError) as error:
                words = digest(text) if field.rule.sensitive else show(text)
                raise CanonicalError(
                    f"the key column {field.rule.pair.source} of a row cannot be read: "
                    f"{words} is no value of rule {field.rule.rule.name}"
                ) from error
            found.append(pair[0] if source else pair[1])
        return tuple(found)

    def split(self, columns: Sequence[str | bytes | None]) -> list[str | bytes | None]:
        """The texts of all fields, None for NULL; bytes for a binary one. ValueError for what this
        did not write.
        """
        found: list[str | bytes | None] = []
        for part, column in zip(self.parts, columns[: len(self.parts)], strict=True):
            text, position = column if isinstance(column, str) else (column or b"").decode(), 0
            for field in part:
                value, position = _next(text, position, field.form.counted)
                found.append(value)
            if position != len(text):
                raise ValueError(f"{len(text) - position} characters too many in a row's text")
        for field, column in zip(self.own, columns[len(self.parts) :], strict=True):
            if isinstance(column, bytes) and not field.form.binary:
                found.append(column.decode())
            else:
                found.append(column)
        return found


def _key_part(written: str, position: int, field: Field) -> tuple[str | None, int]:
    """As ``_next``; ValueError for a text that is none, whose characters Oracle may have counted in
    another way.
    """
    try:
        text, position = _next(written, position, field.form.counted)
    except ValueError as error:
        raise ValueError(broken(written) or str(error)) from error
    if why := broken(text):
        raise ValueError(f"{field.rule.pair.target}: {why}")
    return text, position


def same_value(
    field: Field,
    left: str | bytes | None,
    right: str | bytes | None,
    accepted: Counter[str],
    reductions: Counter[str] | None = None,
) -> bool:
    """Whether two unlike texts are one value, or differ in a way somebody accepted."""
    rule, form = field.rule, field.form
    try:
        ours, theirs = canonical_pair(rule, form, left, right)
    except (ValueError, ArithmeticError, CanonicalError):
        return False  # looked at again through the drivers, which can say what it is
    if ours == theirs:
        if reductions is not None and rule.rule.reduction and not rule.rule.by_source:
            lost = rule.rule.loses(form.read_source(left), form.read_target(right))
            reductions[f"{rule.pair.source}: {rule.rule.reduction}"] += lost
        return True
    if form.converted:
        return False
    found = accepted_rule(
        rule.accepted,
        rule.source.type,
        rule.target.type,
        form.read_source(left),
        form.read_target(right),
    )
    if found is None:
        return False
    accepted[f"{rule.pair.source}: {found.rule}"] += 1
    return True


def _next(text: str, position: int, counted: bool) -> tuple[str | None, int]:
    if not counted:
        end = text.index(",", position)
        return text[position:end] or None, end + 1
    colon = text.index(":", position)
    if colon == position:
        return None, colon + 2
    end = colon + 1 + int(text[position:colon])
    if text[end : end + 1] != ",":
        raise ValueError("a field does not end where its length says")
    return text[colon + 1 : end], end + 1


def layout(
    table: TableContract,
    rules: Mapping[str, ColumnRule],
    source: CatalogueTable,
    target: CatalogueTable,
) -> Layout:
    """The layout of a contracted table; raises NoTexts saying what keeps its rows from being texts.

    Texts are paired without looking at every key, so PostgreSQL itself has to vouch that the key is
    unique.
    """
    if table.rows == KEYED and set(table.key) != set(source.primary_key):
        raise NoTexts(
            f"the key ({', '.join(table.key)}) is not the primary key of {source.full_name}"
        )
    others = [column for column in rules if column not in table.key]
    fields = [_field(rules[column]) for column in (*table.key, *others)]
    own = [field for field in fields if field.form.pack]
    if any(field.rule.pair.source in table.key for field in own):
        raise NoTexts(
            f"the key holds {own[0].rule.pair.source} ({own[0].rule.target.type}), which is no "
            f"short text"
        )
    parts = _parts([field for field in fields if not field.form.pack], len(table.key))
    here, there = source_side(table, source), target_side(table, target)
    reduced = [field for field in fields if field.form.reduced and field.rule.rule.reduction]
    relation = quoted_table(source)
    return Layout(
        table,
        parts,
        Statement(
            ", ".join([*map(_source_text, parts), *map(_source_own, own)]), relation, _order(here)
        ).where(table.source_filter or ""),
        Statement(
            ", ".join([*map(_target_text, parts), *map(_target_own, own)]),
            quoted_table(target),
            _order(there),
        ).where(table.target_filter or ""),
        Statement(", ".join(map(_reduced_count, reduced)), relation).where(
            table.source_filter or ""
        ),
        tuple(f"{field.rule.pair.source}: {field.rule.rule.reduction}" for field in reduced),
        table.sides,
        tuple(own),
        beside(
            [(field.form, quoted(field.rule.pair.target)) for field in own],
            quoted_table(target),
            _order(there),
        ).where(table.target_filter or "")
        if own
        else None,
    )


def _source_own(field: Field) -> str:
    return field.form.source(_source_name(field))


def _target_own(field: Field) -> str:
    return field.form.target(quoted(field.rule.pair.target))


def _order(side: Side) -> str:
    return side.order.removeprefix(" ORDER BY ")


def _reduced_count(field: Field) -> str:
    condition = field.form.reduced(_source_name(field)) if field.form.reduced else "false"
    return f"count(*) FILTER (WHERE {condition})"


def _field(rule: ColumnRule) -> Field:
    form = form_of(rule)
    name = f"{rule.pair.source} ({rule.source.type}) -> {rule.pair.target} ({rule.target.type})"
    if form is None or (form.longest + 6 > LONGEST_TEXT and not form.pack):
        raise NoTexts(f"{name} cannot be written as one text by both databases")
    return Field(rule, form)


def _parts(fields: Sequence[Field], key_length: int) -> tuple[tuple[Field, ...], ...]:
    parts: list[list[Field]] = [[]]
    room = LONGEST_TEXT
    for number, field in enumerate(fields):
        if field.longest > room:
            if number < key_length:
                raise NoTexts(f"the key may be longer than {LONGEST_TEXT} bytes as text")
            parts.append([])
            room = LONGEST_TEXT
        parts[-1].append(field)
        room -= field.longest
    return tuple(tuple(part) for part in parts)


def _source_name(field: Field) -> str:
    return quoted(field.rule.pair.source)


def _source_text(part: Sequence[Field]) -> str:
    arguments: list[str] = []
    for field in part:
        text = field.form.source(_source_name(field))
        arguments += (
            [f"length({text})", "':'", text, "','"] if field.form.counted else [text, "','"]
        )
    calls = [
        arguments[start : start + _ARGUMENTS] for start in range(0, len(arguments), _ARGUMENTS)
    ]
    return " || ".join(f"concat({', '.join(call)})" for call in calls)


def _target_text(part: Sequence[Field]) -> str:
    pieces: list[str] = []
    for field in part:
        text = field.form.target(quoted(field.rule.pair.target))
        pieces += [f"LENGTH({text})", "':'", text, "','"] if field.form.counted else [text, "','"]
    return " || ".join(pieces)


def part_texts(parts: Sequence[Sequence[Field]]) -> tuple[list[str], list[str]]:
    """The SQL of every part's text in PostgreSQL and in Oracle; none of them
    is ever NULL or empty.
    """
    return [_source_text(part) for part in parts], [_target_text(part) for part in parts]
