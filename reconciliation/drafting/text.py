"""A draft as TOML with its reasons beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from reconciliation.drafting.draft import Draft, Undecided
from reconciliation.model import MULTISET

_COMMENT_COLUMN = 44


def render(draft: Draft) -> str:
    """The file's text. It loads as a contract exactly when nothing in it is undecided and there is
    a key.
    """
    return "\n".join(_lines(draft)) + "\n"


def _lines(draft: Draft) -> Iterator[str]:
    yield (
        f"# A draft of what equality means for {draft.source}, from both catalogues and "
        f"the task's mapping."
    )
    yield "# Review every line. A run refuses this file while it has an [[undecided]] section."
    yield ""
    yield "[table]"
    yield f"source = {_text(draft.source)}"
    yield f"target = {_text(draft.target)}"
    yield from _key(draft)
    mark = (
        "carries the mark of a verification run"
        if draft.mark_is_text
        else "no text column has room for a mark: compare this table, write nothing to it"
    )
    yield _commented(f"mark_column = {_text(draft.mark_column)}", mark)
    if draft.personal:
        names = ", ".join(map(_text, draft.personal))
        yield _commented(
            f"# sensitive = [{names}]",
            "names that hint at data about people: decide, and remove the #",
        )
    for pair in draft.pairs:
        yield from ("", "[[column]]")
        yield _commented(f"source = {_text(pair.source)}", str(pair.source_type))
        yield _commented(
            f"target = {_text(pair.target)}", f"{pair.target_type}, compared as {pair.rule}"
        )
    for entry in draft.undecided:
        yield from _undecided(entry)


def _key(draft: Draft) -> Iterator[str]:
    if draft.key:
        yield f"key = [{', '.join(map(_text, draft.key))}]"
        return
    yield (
        "# PostgreSQL has no primary key here. Decide between columns that are unique "
        "and filled on both sides:"
    )
    yield '# key = ["..."]'
    yield "# and counting rows that hold the same values, without a key:"
    yield f'# rows = "{MULTISET}"'


def _undecided(entry: Undecided) -> Iterator[str]:
    yield from ("", f"# NOT COMPARED until decided: {entry.why}.")
    for line in entry.suggestions:
        yield f"# {line}"
    if entry.what:
        yield "# Put both filters into [table], and remove this section."
        yield from ("[[undecided]]", f"what = {_text(entry.what)}")
        return
    yield (
        f"# Make this a [[column]]{' with one of these conversions' if entry.candidates else ''}, "
        'or a [[not_compared]] with a reason = "..."'
    )
    yield "[[undecided]]"
    if entry.source is not None:
        yield _commented(f"source = {_text(entry.source)}", str(entry.source_type or ""))
    if entry.target is not None:
        yield _commented(f"target = {_text(entry.target)}", str(entry.target_type or ""))
    for candidate in entry.candidates:
        argument = _ARGUMENTS.get(candidate.name, "")
        yield _commented(f"# conversion = {_text(candidate.name + argument)}", candidate.meaning)


#: an example of the argument of a conversion that takes one
_ARGUMENTS = {"wall_clock": ":Asia/Seoul", "boolean_text": ":Y/N"}


def _text(value: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's."""
    return json.dumps(value, ensure_ascii=False)


def _commented(line: str, comment: str) -> str:
    return f"{line:<{_COMMENT_COLUMN - 1}} # {comment}" if comment else line
