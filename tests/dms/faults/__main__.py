"""``python -m tests.dms.faults``: write docs/fault-switches.md from the catalogue."""

from __future__ import annotations

from tests.dms.faults.page import PAGE, rendered

if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
    print(f"written: {PAGE}")
