"""What a draft leaves to people, decided by rule: conversions by the table of type pairs, reasons
and owners by name.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.schemas.model import Schema


def decide(directory: Path, schema: Schema) -> None:
    """Every draft of the directory, as somebody would have finished it."""
    for path in sorted(directory.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        path.write_text(_signed(_paired(text, schema)), encoding="utf-8")


def _signed(text: str) -> str:
    return text.replace('"TODO"', '"the team that drew this schema"')


def _paired(text: str, schema: Schema) -> str:
    """An [[undecided]] pair becomes a [[column]] with the conversion of its pair of types."""
    found = tomllib.loads(text)
    undecided = found.get("undecided", ())
    if not undecided:
        return text
    table = next(
        one for one in schema.tables if f"{schema.source}.{one.name}" == found["table"]["source"]
    )
    head, *rest = text.split("\n[[undecided]]\n")
    made = []
    for entry in undecided:
        column = table.column(entry["source"])
        made.append(
            f'[[column]]\nsource = "{column.name}"\ntarget = "{column.target}"\n'
            + (f'conversion = "{column.pair.conversion}"\n' if column.pair.conversion else "")
        )
    tail = "".join(part[part.index("\n[[") :] for part in rest if "\n[[" in part)
    return "\n".join([head, *made]) + tail
