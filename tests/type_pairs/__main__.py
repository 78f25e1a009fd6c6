"""``python -m tests.type_pairs``: run the sweep and write docs/type-matrix.md
from what it found.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.type_pairs.matrix import rendered
from tests.type_pairs.sweep import (
    PAGE,
    catalogues,
    every_column,
    fill,
    judge,
    tables_of,
    two_databases,
)


def main() -> None:
    """Write the page; Disagreement when a case fails."""
    with tempfile.TemporaryDirectory() as directory, two_databases(Path(directory)) as both:
        tables = tables_of(every_column())
        for table in tables:
            fill(both, table)
        found = catalogues(both)
        page = rendered([judge(both, table, found) for table in tables])
    PAGE.write_text(page)
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
