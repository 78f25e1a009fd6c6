"""Rows of the flight-special shape, and the table that holds them on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

Flight = tuple[int, str, str | None, str, str, str, str, int, int]

COLUMNS = (
    "id",
    "header",
    "body",
    "origin",
    "origincode",
    "destination",
    "destinationcode",
    "cost",
    "expirydate",
)
TABLE = "flightspecial_bench"
SELECT = f"SELECT {', '.join(COLUMNS)} FROM {TABLE}"
#: TRAVELBUDDY.FLIGHTSPECIAL without the trigger that puts a number of its own over the id
ORACLE_TABLE = f"""CREATE TABLE {TABLE} (
  id NUMBER NOT NULL, header VARCHAR2(255) DEFAULT '' NOT NULL, body VARCHAR2(255),
    origin VARCHAR2(255),
  origincode VARCHAR2(6), destination VARCHAR2(255), destinationcode VARCHAR2(6),
    cost NUMBER NOT NULL,
  expirydate NUMBER, CONSTRAINT {TABLE}_pk PRIMARY KEY (id))"""
#: the same as somebody would declare it in PostgreSQL: whole numbers are integers
POSTGRES_TABLE = f"""CREATE TABLE {TABLE} (
  id bigint NOT NULL, header varchar(255) DEFAULT '' NOT NULL, body varchar(255),
    origin varchar(255),
  origincode varchar(6), destination varchar(255), destinationcode varchar(6),
    cost integer NOT NULL,
  expirydate bigint, CONSTRAINT {TABLE}_pk PRIMARY KEY (id))"""
TOTALS = f"SELECT count(*), sum(id), sum(cost), sum(expirydate), sum(length(header)) FROM {TABLE}"

_CITIES = (
    ("London", "LHR"),
    ("Paris", "CDG"),
    ("Dubai", "DXB"),
    ("Cairo", "CAI"),
    ("Melbourne", "MEL"),
    ("Buenos Aires", "EZE"),
    ("Seoul 서울", "ICN"),
    ("Hong Kong", "HKG"),
    ("Kuala Lumpur", "KUL"),
    ("Lisbon", "LIS"),
    ("New York", "JFK"),
)
_START_MS = 1_767_225_600_000
_THIRTY_DAYS_MS = 30 * 24 * 3600 * 1000
#: coprime to the number of milliseconds: the expiries jump about and all differ over the first 2.6
#: thousand million
_STRIDE_MS = 1_234_567_891


def flights(count: int, first: int = 1) -> Iterator[Flight]:
    """``count`` rows with ids from ``first`` on; every tenth has no body. The same ids always give
    the same rows.
    """
    for number in range(first, first + count):
        origin, origin_code = _CITIES[number % 11]
        destination, destination_code = _CITIES[number // 11 % 11]
        body = f"Return flights from {origin} to {destination}, taxes included, offer {number}"
        yield (
            number,
            f"{origin} to {destination} {number}",
            body if number % 10 else None,
            origin,
            origin_code,
            destination,
            destination_code,
            50 + number * 7919 % 2000,
            _START_MS + number * _STRIDE_MS % _THIRTY_DAYS_MS,
        )


def in_batches(count: int, size: int, first: int = 1) -> Iterator[list[Flight]]:
    """The same rows in lists of ``size``."""
    rows = flights(count, first)
    while batch := list(islice(rows, size)):
        yield batch
