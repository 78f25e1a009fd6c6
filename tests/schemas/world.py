"""What a drawn schema needs beside its tables: the task's mapping, and a profile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.schemas.model import Column, Schema

ROOT = Path(__file__).parents[2]
WORLD = "lab/worlds/drawn"


def mapping(schema: Schema) -> str:
    rules: list[dict[str, Any]] = []

    def rule(kind: str, **more: Any) -> None:
        number = str(len(rules) + 1)
        rules.append({"rule-type": kind, "rule-id": number, "rule-name": number, **more})

    for table in schema.tables:
        where = {"schema-name": _literally(schema.source), "table-name": _literally(table.name)}
        rule("selection", **{"object-locator": where, "rule-action": "include", "filters": []})
    _rename(rule, "schema", {"schema-name": schema.source}, schema.target)
    for table in schema.tables:
        where = {"schema-name": _literally(schema.source), "table-name": _literally(table.name)}
        if table.target != table.name:
            _rename(rule, "table", where, table.target)
        for column in table.columns:
            here = where | {"column-name": _literally(column.name)}
            if column.pair.expression:
                _written(rule, here, column)
            elif column.target != column.name:
                _rename(rule, "column", here, column.target)
    return json.dumps({"rules": rules}, indent=1, ensure_ascii=False)


def _literally(name: str) -> str:
    """An underscore stands for any character, unless it is alone in brackets (DMS, "Wildcards")."""
    return name.replace("_", "[_]")


def _rename(rule: Any, what: str, where: dict[str, str], to: str) -> None:
    rule(
        "transformation",
        **{"rule-target": what, "object-locator": where, "rule-action": "rename", "value": to},
    )


def _written(rule: Any, here: dict[str, str], column: Column) -> None:
    """The column is removed, and what an expression makes of it takes its place."""
    removed = {"rule-target": "column", "object-locator": here, "rule-action": "remove-column"}
    rule("transformation", **removed)
    where = {name: value for name, value in here.items() if name != "column-name"}
    rule(
        "transformation",
        **{
            "rule-target": "column",
            "object-locator": where,
            "rule-action": "add-column",
            "value": column.target,
            "expression": column.pair.expression.format(f"${column.name}"),
            "data-type": {"type": "string", "length": str(column.pair.characters)},
        },
    )


def profile(schema: Schema, name: str) -> str:
    """A profile of the project for a world of tables, with this one in its place."""
    text = (ROOT / "environments/lab-payments.toml").read_text(encoding="utf-8")
    for old, new in {
        'name = "lab-payments"': f'name = "{name}"',
        'schema = "pay"': f'schema = "{schema.source}"',
        '"PAY"': f'"{schema.target}"',
        "environments/mappings/payments.json": f"{WORLD}/mapping.json",
        "lab/worlds/payments": WORLD,
        "contracts/payments": "contracts/drawn",
        "agreed_lag_seconds = 15": "agreed_lag_seconds = 60",
        "arrival_limit_seconds = 30": "arrival_limit_seconds = 60",
        "rows = 60": "rows = 24",
    }.items():
        if old not in text:
            raise ValueError(f"{old} is not in the profile any more")
        text = text.replace(old, new)
    return text
