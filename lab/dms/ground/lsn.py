"""Positions in PostgreSQL's write-ahead log."""

from __future__ import annotations


def parse_lsn(text: str) -> int:
    """``0/16B3748`` as a number."""
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) | int(low, 16)


def format_lsn(lsn: int) -> str:
    """A number as ``0/16B3748``."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"
