"""Which digests a table's rows have: of the texts both databases write, or of the bytes two
PostgreSQL servers send.

Texts are those of ``streams.layout``, with one exception. Where somebody accepted that Oracle keeps
'' as NULL, PostgreSQL writes '' as NULL for its digest: equal digests then say that every such
value is NULL in Oracle, which is just what was accepted, and PostgreSQL counts them. Without that
hardly any range of such a table would be equal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciliation.canonical import ColumnRule, accepted_rule
from reconciliation.canonical.types import source_label, target_label
from reconciliation.compare.checksums.digest import (
    CountSql,
    DigestSql,
    oracle_row,
    postgresql_record,
    postgresql_row,
)
from reconciliation.compare.streams.binary import BinaryRows
from reconciliation.compare.streams.layout import Field, Layout, part_texts
from reconciliation.compare.streams.row_form import RowForm
from reconciliation.databases.quoting import quoted

#: parts of a row whose digests, of 32 digits each, Oracle still joins to one text
_MOST_PARTS = 100
_WHOLE = frozenset({"int2", "int4", "int8"})
_NATIONAL = frozenset({"NVARCHAR2", "NCHAR", "NCLOB"})


@dataclass(frozen=True)
class DigestForms:
    """How both sides digest a row; ``of`` says what is digested.

    ``source.counted`` counts the values named by ``accepted``, then those named by ``reductions``.
    ``quick``: a digest takes little more than reading the keys.
    """

    source: DigestSql
    target: DigestSql
    of: str
    accepted: tuple[str, ...] = ()
    reductions: tuple[str, ...] = ()
    quick: bool = False


class NoDigests(Exception):  # noqa: N818 - the rows are read instead
    """This table's rows cannot be digested alike on both sides; says why."""


def digest_forms(rows: RowForm) -> DigestForms:
    """The digests of a table's rows, in so far as its columns decide; raises NoDigests."""
    if isinstance(rows, BinaryRows):
        source, target = (
            DigestSql(postgresql_record(side.columns), side) for side in (rows.source, rows.target)
        )
        return DigestForms(source, target, "the bytes both servers would send")
    if not isinstance(rows, Layout):
        raise NoDigests("no digest is known for rows of this form")
    digested = {field.rule.pair.source for part in rows.parts for field in part}
    beside = [
        f"{pair.source} -> {pair.target}"
        for pair in rows.table.pairs
        if pair.source not in digested
    ]
    if beside:
        raise NoDigests(f"the text of a row does not hold {', '.join(beside)}")
    if len(rows.parts) > _MOST_PARTS:
        raise NoDigests(f"a row is {len(rows.parts)} texts long")
    fields = [field for part in rows.parts for field in part]
    empty = {
        field: name for field in fields[len(rows.table.key) :] if (name := _accepted_empty(field))
    }
    ours, _ = part_texts(
        [
            [_empty_as_null(field) if field in empty else field for field in part]
            for part in rows.parts
        ]
    )
    _, theirs = part_texts(rows.parts)
    if any(target_label(field.rule.target.type) in _NATIONAL for field in fields):
        # a text with a national character in it is UTF-16 as a whole
        theirs = [f"TO_CHAR({text})" for text in theirs]
    reduced = [field for field in fields if field.form.reduced and field.rule.rule.reduction]
    counted = (
        *(f"{_column(field)} = ''" for field in empty),
        *(field.form.reduced(_column(field)) for field in reduced if field.form.reduced),
    )
    return DigestForms(
        DigestSql(postgresql_row(ours), rows.source, counted=counted),
        DigestSql(oracle_row(theirs), rows.target, oracle=True),
        "the texts both databases write",
        tuple(empty.values()),
        tuple(f"{field.rule.pair.source}: {field.rule.rule.reduction}" for field in reduced),
    )


def counting_forms(rows: RowForm) -> DigestForms:
    """Counts of the rows, and sums of their keys where they are whole numbers: what is missing on
    one side is found, and nothing else. Raises NoDigests.
    """
    if not isinstance(rows, (Layout, BinaryRows)):
        raise NoDigests("rows of this form are not counted by range")
    summed = [rule.pair for rule in rows.key_rules if _is_whole(rule, rows.target_is_oracle)][:4]
    ours = tuple(quoted(pair.source) for pair in summed)
    theirs = tuple(quoted(pair.target) for pair in summed)
    return DigestForms(
        CountSql("", rows.source, numbers=ours),
        CountSql("", rows.target, rows.target_is_oracle, numbers=theirs),
        f"the number of rows{' and the sums of their keys' if summed else ''}",
        quick=True,
    )


def _is_whole(rule: ColumnRule, in_oracle: bool) -> bool:
    there = not in_oracle or target_label(rule.target.type) == "NUMBER"
    return source_label(rule.source.type) in _WHOLE and there and rule.pair.conversion is None


def _accepted_empty(field: Field) -> str | None:
    """The name under which '' against NULL is accepted for a column that is
    written just as it is.
    """
    rule, form = field.rule, field.form
    if (
        not form.counted
        or form.converted
        or form.source("x") != "x"
        or rule.canonical_source("") is None
    ):
        return None
    found = accepted_rule(rule.accepted, rule.source.type, rule.target.type, "", None)
    return (
        f"{rule.pair.source}: {found.rule}"
        if found and found.rule == "empty_string_is_null"
        else None
    )


def _empty_as_null(field: Field) -> Field:
    return replace(field, form=replace(field.form, source=lambda column: f"nullif({column}, '')"))


def _column(field: Field) -> str:
    return quoted(field.rule.pair.source)
