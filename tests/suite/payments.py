"""lab-payments in a copy of the project, with fewer rows than in earnest: what is broken in many is
broken in a few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.suite.place import Place

NAME = "lab-payments"
#: by side the schema of its tables
SCHEMAS: Mapping[str, str] = {"postgres": "pay", "store": "PAY"}
FEWER: Mapping[str, Sequence[tuple[str, str]]] = {
    f"environments/{NAME}.toml": [("rows = 60", "rows = 12")],
    "features/04-change-propagation/delete.feature": [("10 rows", "3 rows")],
    "features/04-change-propagation/insert.feature": [("25 rows", "5 rows")],
    "features/04-change-propagation/update.feature": [("20 rows", "4 rows")],
    "fixtures/scenario/stock.py": [("BATCH = 60", "BATCH = 32")],
}


def shorter_copy(root: Path) -> Place:
    """The project copied to ``root``, an empty directory."""
    place = Place.copy_to(root, NAME)
    for name, changes in FEWER.items():
        path = root / name
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{name} does not say {old!r} any more"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    return place
