"""Drafts of accepted differences: what the legacy columns refuse or alter, for people to sign or to
have mended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from reconciliation.agreed.entries import TODO
from reconciliation.canonical import ACCEPTABLE
from reconciliation.capacity import Asked, asked_for
from reconciliation.drafting.draft import Draft
from reconciliation.drafting.text import a_year_from, listed, quoted
from reconciliation.model import CatalogueTable, ColumnPair, TableContract

_HEAD = f"""\
# Differences to be signed for, drafted from the types of both sides. Each {TODO} is somebody's to
# replace: by the reason why this may stay, and by who answers for it. No run accepts an entry
# before. What may not stay is mended, and its entry removed.
"""


def asked_of_a_draft(
    draft: Draft, here: CatalogueTable, there: CatalogueTable
) -> tuple[Asked, ...]:
    """What would have to be accepted of the pairs that need no decision."""
    pairs = tuple(ColumnPair(pair.source, pair.target) for pair in draft.pairs)
    drafted = TableContract(draft.source, draft.target, draft.key, pairs, draft.mark_column)
    return asked_for(drafted, here, there)


def render_accepted(
    asked: Mapping[str, Sequence[Asked]], today: dt.date | None = None, head: str = _HEAD
) -> str:
    """The file's text: by source table, one entry a rule, for all columns that ask for it; '' when
    nobody has to accept anything.
    """
    until = a_year_from(today or dt.datetime.now(dt.UTC).date())
    entries = [line for table, found in asked.items() for line in _entries(table, found, until)]
    return "\n".join((head, *entries)) + "\n" if entries else ""


def _entries(table: str, asked: Sequence[Asked], until: dt.date) -> Iterator[str]:
    for rule in dict.fromkeys(one.rule for one in asked):
        found = [one for one in asked if one.rule == rule]
        yield from (f"# {one.words.partition('; nobody')[0]}" for one in found)
        yield f"# {rule}: {ACCEPTABLE[rule]}"
        yield "[[accepted]]"
        yield f"table = {quoted(table)}"
        yield f"columns = [{listed(dict.fromkeys(one.column for one in found))}]"
        yield f"rule = {quoted(rule)}"
        yield f"reason = {quoted(TODO)}"
        yield f"owner = {quoted(TODO)}"
        yield f"expires = {until}"
        yield ""
