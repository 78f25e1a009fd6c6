"""Rows of a run that stay in Oracle because this account may not remove them: listed, with a script
for somebody who may.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from reconciliation.agreed.profile import Profile
from reconciliation.canonical.types import padded, target_label
from reconciliation.databases.quoting import quoted, quoted_table
from reconciliation.databases.rows import Side
from reconciliation.describe import key_words
from reconciliation.model import Key, Value
from reconciliation.process.files import remove, write_text
from reconciliation.repair.literals import ByHand, literal
from reconciliation.session.places import Place


def script_path(profile: Profile) -> Path:
    return profile.root / "reports" / f"left-in-oracle-{profile.name}.sql"


def write_script(
    profile: Profile, places: Sequence[Place], left: Mapping[str, frozenset[Key]]
) -> None:
    """Write the statements that remove the rows under these keys, or take an earlier script away
    when there are none. ``places`` come in the order of the statements. Raises Unwritten.
    """
    path = script_path(profile)
    lines = [
        line
        for place in places
        if place.there is not None
        for key in sorted(left.get(place.name, ()), key=repr)
        for line in _statement(place.there, key)
    ]
    if not lines:
        remove([path])
        return
    head = [
        f"-- Rows that runs of {profile.name} wrote and could not remove in Oracle. Nothing else",
        "-- has these keys: no run uses them again.",
        "WHENEVER SQLERROR EXIT FAILURE ROLLBACK",
    ]
    write_text(path, "\n".join([*head, *lines, "COMMIT;", ""]))


def _statement(side: Side, key: Key) -> Iterator[str]:
    try:
        parts = [_equals(side, name, value) for name, value in zip(side.key, key, strict=True)]
    except (ByHand, ValueError) as error:
        words = " ".join(f"{error}".split())
        yield f"-- {side.table.full_name}, {key_words(side.key, key)}: by hand ({words})"
        return
    yield f"DELETE FROM {quoted_table(side.table)} WHERE {' AND '.join(parts)};"


def _equals(side: Side, name: str, value: Value) -> str:
    kind = side.table.columns[name].type
    if target_label(kind) in ("CHAR", "NCHAR") and isinstance(value, str):
        value = padded(kind, value)
    return f"{quoted(name)} = {literal(kind, value)}"
