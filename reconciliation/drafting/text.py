"""A draft as TOML with its reasons beside it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator

from reconciliation.agreed.entries import TODO
from reconciliation.drafting.draft import Draft, Undecided
from reconciliation.model import MULTISET

_COMMENT_COLUMN = 44


def render(draft: Draft, today: dt.date | None = None) -> str:
    """The file's text. It loads as a contract exactly when nothing in it is undecided and there is
    a key. An excuse in it ends a year after ``today``.
    """
    return "\n".join(_lines(draft, today or dt.datetime.now(dt.UTC).date())) + "\n"


def a_year_from(day: dt.date) -> dt.date:
    """The day before the same one of the next year."""
    return dt.date(day.year + 1, day.month, 1) + dt.timedelta(days=day.day - 2)


def _lines(draft: Draft, today: dt.date) -> Iterator[str]:
    yield (
        f"# A draft of what equality means for {draft.source}, from both catalogues and "
        f"the task's mapping."
    )
    yield "# Review every line. A run refuses this file while it has an [[undecided]] section."
    yield ""
    yield "[table]"
    yield f"source = {quoted(draft.source)}"
    yield f"target = {quoted(draft.target)}"
    if draft.called is not None:
        yield _commented(f"called = {quoted(draft.called)}", "a row of it in a sentence")
    yield from _key(draft)
    if draft.live and draft.key:
        yield from _not_written()
    if draft.mark_column is not None:
        mark = "carries the mark of a verification run"
        yield _commented(f"mark_column = {quoted(draft.mark_column)}", mark)
    if draft.personal:
        yield _commented(
            f"# sensitive = [{listed(draft.personal)}]",
            "names that hint at data about people: decide, and remove the #",
        )
    if not draft.key:
        yield from _excuse(today)
    for pair in draft.pairs:
        yield from ("", "[[column]]")
        yield _commented(f"source = {quoted(pair.source)}", str(pair.source_type))
        yield _commented(
            f"target = {quoted(pair.target)}", f"{pair.target_type}, compared as {pair.rule}"
        )
    for entry in draft.undecided:
        yield from _undecided(entry)


def _key(draft: Draft) -> Iterator[str]:
    if draft.key:
        yield _commented(
            f"key = [{listed(draft.key)}]", f"keys of a run: {draft.keys_of_a_run}".rstrip(": ")
        )
        return
    yield (
        "# PostgreSQL has no primary key here. Decide between columns that are unique "
        "and filled on both sides:"
    )
    for columns in draft.unique or (("...",),):
        why = "unique in PostgreSQL" if draft.unique else ""
        yield _commented(f"# key = [{listed(columns)}]", why)
    yield "# and counting rows that hold the same values, without a key:"
    yield f'# rows = "{MULTISET}"'
    yield _commented("write = false", "its updates and deletes are not replicated without a key")


def _not_written() -> Iterator[str]:
    yield "# Decide: the system is live, so no run writes to this table. Remove the line where runs"
    yield "# may write rows of their own, or keep it and add an [excuse] that somebody answers for."
    yield "write = false"


def _excuse(today: dt.date) -> Iterator[str]:
    yield from ("", "# Decide: add a primary key on both sides and remove this section and write =")
    yield "# false, or name who answers for it that changes of this table are not judged."
    yield "[excuse]"
    yield 'reason = "no key"'
    yield _commented(f"owner = {quoted(TODO)}", "a run refuses this file until somebody is named")
    yield _commented(f"expires = {a_year_from(today)}", "the last day on which it excuses anything")


def _undecided(entry: Undecided) -> Iterator[str]:
    yield from ("", f"# NOT COMPARED until decided: {entry.why}.")
    for line in entry.suggestions:
        yield f"# {line}"
    if entry.what:
        yield "# Put both filters into [table], and remove this section."
        yield from ("[[undecided]]", f"what = {quoted(entry.what)}")
        return
    yield (
        f"# Make this a [[column]]{' with one of these conversions' if entry.candidates else ''}, "
        'or a [[not_compared]] with a reason = "..."'
    )
    yield "[[undecided]]"
    if entry.source is not None:
        yield _commented(f"source = {quoted(entry.source)}", str(entry.source_type or ""))
    if entry.target is not None:
        yield _commented(f"target = {quoted(entry.target)}", str(entry.target_type or ""))
    for candidate in entry.candidates:
        argument = _ARGUMENTS.get(candidate.name, "")
        yield _commented(f"# conversion = {quoted(candidate.name + argument)}", candidate.meaning)


#: an example of the argument of a conversion that takes one
_ARGUMENTS = {"wall_clock": ":Asia/Seoul", "boolean_text": ":Y/N"}


def listed(names: Iterable[str]) -> str:
    """The elements of a TOML array of texts."""
    return ", ".join(map(quoted, names))


def quoted(value: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's."""
    return json.dumps(value, ensure_ascii=False)


def _commented(line: str, comment: str) -> str:
    return f"{line:<{_COMMENT_COLUMN - 1}} # {comment}" if comment else line
