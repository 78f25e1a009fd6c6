from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lab.core.seeds import (
    FLIGHT_SPECIALS,
    HOTEL_SPECIALS,
    legacy_seeds,
    source_rows,
    starting_instant,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_eleven_flight_specials_within_thirty_days() -> None:
    rows = source_rows(FLIGHT_SPECIALS, START)
    assert [row["id"] for row in rows] == list(range(1, 12))
    assert {row["cost"] for row in rows} <= set(range(50, 251))
    assert all(timedelta(0) < row["expiry_date"] - START < timedelta(days=30) for row in rows)
    assert (rows[0]["origin"], rows[0]["destination"]) == ("London", "Paris")
    assert (rows[10]["origin"], rows[10]["destination"]) == ("New York", "London")


def test_both_sides_hold_the_same_rows() -> None:
    legacy = legacy_seeds(START, with_differences=False)
    for special, row in zip(
        source_rows(FLIGHT_SPECIALS, START), legacy.flight_specials, strict=True
    ):
        assert {key: row[key] for key in ("ID", "HEADER", "COST")} == {
            "ID": special["id"],
            "HEADER": special["header"],
            "COST": special["cost"],
        }
        assert (row["ORIGINCODE"], row["DESTINATIONCODE"]) == (
            special["origin_code"],
            special["destination_code"],
        )
        assert datetime.fromtimestamp(row["EXPIRYDATE"] / 1000, UTC) == special["expiry_date"]
    assert [row["HOTEL"] for row in legacy.hotel_specials] == [
        special.hotel for special in HOTEL_SPECIALS
    ]


def test_expiries_are_whole_milliseconds() -> None:
    rows = source_rows(FLIGHT_SPECIALS, starting_instant())
    assert all(row["expiry_date"].microsecond % 1000 == 0 for row in rows)
    assert any(row["expiry_date"].microsecond for row in rows)


def test_drifted_seeds_differ_in_every_way_a_row_can() -> None:
    agreed = {row["ID"]: row for row in legacy_seeds(START, with_differences=False).flight_specials}
    drifted = {row["ID"]: row for row in legacy_seeds(START, with_differences=True).flight_specials}
    assert set(agreed) - set(drifted) == {9}
    assert set(drifted) - set(agreed) == {99}
    changed = {
        (key, column)
        for key in set(agreed) & set(drifted)
        for column in agreed[key]
        if agreed[key][column] != drifted[key][column]
    }
    assert changed == {(3, "COST"), (6, "HEADER")}
