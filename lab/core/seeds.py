"""The rows both databases hold before the replication starts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class FlightSpecial:
    id: int
    header: str
    body: str
    origin: str
    origin_code: str
    destination: str
    destination_code: str
    cost: int
    expires_after: timedelta


@dataclass(frozen=True)
class HotelSpecial:
    id: int
    hotel: str
    description: str
    location: str
    cost: int
    expires_after: timedelta


def _flight(
    number: int,
    origin: str,
    origin_code: str,
    destination: str,
    destination_code: str,
    cost: int,
    days: float,
) -> FlightSpecial:
    return FlightSpecial(
        id=number,
        header=f"{origin} to {destination}",
        body=f"Return flights from {origin} to {destination}, taxes included",
        origin=origin,
        origin_code=origin_code,
        destination=destination,
        destination_code=destination_code,
        cost=cost,
        expires_after=timedelta(days=days, milliseconds=number * 37),
    )


FLIGHT_SPECIALS = (
    _flight(1, "London", "LHR", "Paris", "CDG", 50, 3),
    _flight(2, "Paris", "CDG", "London", "LHR", 55, 5),
    _flight(3, "Dubai", "DXB", "Cairo", "CAI", 120, 7.5),
    _flight(4, "Melbourne", "MEL", "Hawaii", "HNL", 250, 10),
    _flight(5, "Buenos Aires", "EZE", "Rio", "GIG", 95, 12),
    _flight(6, "Sydney", "SYD", "Rome", "FCO", 240, 14.25),
    _flight(7, "Melbourne", "MEL", "Sydney", "SYD", 70, 16),
    _flight(8, "Hong Kong", "HKG", "Kuala Lumpur", "KUL", 110, 19),
    _flight(9, "Lisbon", "LIS", "Madrid", "MAD", 60, 22),
    _flight(10, "Aswan", "ASW", "Cairo", "CAI", 65, 25.5),
    _flight(11, "New York", "JFK", "London", "LHR", 230, 29),
)

HOTEL_SPECIALS = (
    HotelSpecial(
        1, "Harbour View", "Three nights, breakfast included", "Sydney", 180, timedelta(days=6)
    ),
    HotelSpecial(2, "Old Town Inn", "Weekend for two", "Lisbon", 95, timedelta(days=9)),
    HotelSpecial(
        3, "Nile Terrace", "Seven nights with river cruise", "Aswan", 140, timedelta(days=13)
    ),
    HotelSpecial(4, "Rue Verte", "Two nights, late check-out", "Paris", 210, timedelta(days=21)),
    HotelSpecial(
        5, "Peak Residence", "Five nights, airport transfer", "Hong Kong", 230, timedelta(days=28)
    ),
)


@dataclass(frozen=True)
class LegacySeeds:
    """What the legacy database holds at the start: rows by Oracle's column names, in the order of
    their keys.
    """

    flight_specials: list[dict[str, Any]]
    hotel_specials: list[dict[str, Any]]


def source_rows(specials: tuple[Any, ...], start: datetime) -> list[dict[str, Any]]:
    """Rows by PostgreSQL's column names; ``expiry_date`` is an instant of whole milliseconds."""
    return [
        {
            **{key: value for key, value in asdict(special).items() if key != "expires_after"},
            "expiry_date": start + special.expires_after,
        }
        for special in specials
    ]


def legacy_seeds(start: datetime, *, with_differences: bool) -> LegacySeeds:
    """The legacy side of the same rows; ``with_differences``: as if they had drifted apart before
    the start.
    """
    flights = _drifted(FLIGHT_SPECIALS) if with_differences else FLIGHT_SPECIALS
    return LegacySeeds(
        flight_specials=[_legacy_row(row) for row in source_rows(flights, start)],
        hotel_specials=[_legacy_row(row) for row in source_rows(HOTEL_SPECIALS, start)],
    )


def starting_instant() -> datetime:
    """Now, cut to the whole second: the seeds' expiries then are whole
    milliseconds on both sides.
    """
    return datetime.now(UTC).replace(microsecond=0)


def _drifted(specials: tuple[FlightSpecial, ...]) -> tuple[FlightSpecial, ...]:
    """One other COST, one other HEADER, one row the legacy side lacks and one only it has."""
    by_id = {special.id: special for special in specials}
    by_id[3] = replace(by_id[3], cost=by_id[3].cost + 25)
    by_id[6] = replace(by_id[6], header="Sydney to Roma")
    del by_id[9]
    by_id[99] = _flight(99, "Cairo", "CAI", "Aswan", "ASW", 65, 18)
    return tuple(by_id.values())


def _legacy_row(row: dict[str, Any]) -> dict[str, Any]:
    legacy = {key.replace("_", "").upper(): value for key, value in row.items()}
    since_epoch = row["expiry_date"] - datetime(1970, 1, 1, tzinfo=UTC)
    return {**legacy, "EXPIRYDATE": since_epoch // timedelta(milliseconds=1)}
