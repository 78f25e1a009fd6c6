"""The FlightSpecials service over HTTP."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from lab.logins import PostgresLogin
from lab.service.app import create_app
from lab.service.specials import SpecialsStore
from tests.clusters import Cluster, free_port
from tests.service.conftest import headers

LIST = "/travelbuddy/flightspecials"


def post(client: FlaskClient, path: str, document: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post(
        f"{LIST}/{path}", data=json.dumps(document), content_type="application/json"
    )
    return answer.status_code, answer.get_json()


def test_the_list_is_ordered_by_expiry(client: FlaskClient) -> None:
    listed = client.get(LIST)
    assert listed.status_code == 200
    assert [special["id"] for special in listed.get_json()] == [2, 1, 4, 3]
    assert listed.get_json()[1] == {
        "id": 1,
        "header": "London to Paris",
        "body": "Jump over",
        "origin": "London",
        "originCode": "LHR",
        "destination": "Paris",
        "destinationCode": "CDG",
        "cost": 100,
        "expiryDate": 1893542400123,
    }
    assert [special["expiryDate"] for special in listed.get_json()[2:]] == [None, None]


def test_the_list_may_be_asked_for_one(client: FlaskClient) -> None:
    assert [special["id"] for special in client.get(f"{LIST}?id=4").get_json()] == [4]
    assert client.get(f"{LIST}?id=0").get_json() == []


@pytest.mark.parametrize(
    "header", ["London to Busan", "x", "가" * 255, "𝔘nicode 🛫", 'it\'s "quoted" \\ %s']
)
def test_a_header_is_changed(client: FlaskClient, cluster: Cluster, header: str) -> None:
    before = headers(cluster)
    status, answer = post(client, "1/header", {"id": 1, "flightSpecialHeader": header})
    assert (status, answer["resultCode"]) == (200, "Y")
    assert isinstance(answer["data"], str)
    assert headers(cluster) == {**before, 1: header}


@pytest.mark.parametrize(
    ("path", "document", "status", "reason"),
    [
        ("1/header", {"id": 1, "flightSpecialHeader": ""}, 400, "0 characters"),
        ("1/header", {"id": 1, "flightSpecialHeader": "x" * 256}, 400, "256 characters"),
        ("1/header", {"id": 1, "flightSpecialHeader": None}, 400, "text"),
        ("1/header", {"id": 1, "flightSpecialHeader": 5}, 400, "text"),
        ("1/header", {"id": 1}, 400, "text"),
        ("1/header", {"id": 1, "flightSpecialHeader": "a\0b"}, 400, "cannot be stored"),
        ("1/header", {"id": 1, "flightSpecialHeader": "half \ud83d"}, 400, "cannot be stored"),
        ("1/header", {"id": 2, "flightSpecialHeader": "x"}, 400, "2 in the body and 1 in the path"),
        ("1/header", {"flightSpecialHeader": "x"}, 400, "id must be a number"),
        ("1/header", {"id": True, "flightSpecialHeader": "x"}, 400, "id must be a number"),
        ("1/header", ["x"], 400, "not a JSON object"),
        ("5/header", {"id": 5, "flightSpecialHeader": "x"}, 404, "no flight special 5"),
        ("-1/header", {"id": -1, "flightSpecialHeader": "x"}, 404, "no flight special -1"),
        (f"{2**63}/header", {"id": 2**63, "flightSpecialHeader": "x"}, 400, "out of range"),
        ("1/name", {"id": 2, "flightSpecialHeader": "x"}, 400, "2 in the body"),
        ("1/price", {"id": 1}, 404, "not found"),
    ],
)
def test_what_is_refused_changes_nothing(
    client: FlaskClient, cluster: Cluster, path: str, document: Any, status: int, reason: str
) -> None:
    before = headers(cluster)
    answered, answer = post(client, path, document)
    assert (answered, answer["resultCode"]) == (status, "N")
    assert reason in answer["message"]
    assert headers(cluster) == before


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_not_json_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post(f"{LIST}/1/header", data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()) == (
        400,
        {"resultCode": "N", "message": "the body is not JSON"},
    )


def test_the_older_handler_says_yes_and_changes_nothing(
    client: FlaskClient, cluster: Cluster
) -> None:
    before = headers(cluster)
    status, answer = post(client, "1/name", {"id": 1, "flightSpecialHeader": "London to Busan"})
    assert (status, answer["resultCode"]) == (200, "Y")
    assert headers(cluster) == before


def test_another_method_is_refused_in_json(client: FlaskClient) -> None:
    answer = client.delete(LIST)
    assert (answer.status_code, answer.get_json()["resultCode"]) == (405, "N")


def test_a_database_that_is_down_is_told_and_its_return_noticed(database: PostgresLogin) -> None:
    store = SpecialsStore(replace(database, port=free_port()))
    client = create_app(store).test_client()
    calls = (
        lambda: client.get(LIST),
        lambda: client.get("/travelbuddy/health"),
        lambda: client.post(f"{LIST}/1/header", json={"id": 1, "flightSpecialHeader": "x"}),
    )
    for call in calls:
        answer = call()
        assert answer.status_code == 503
        assert answer.get_json() == {
            "resultCode": "N",
            "message": "the database does not answer; try again later",
        }
    store._database = database
    assert [call().status_code for call in calls] == [200, 200, 200]


def test_a_login_that_is_refused_tells_no_secret(
    database: PostgresLogin, caplog: pytest.LogCaptureFixture
) -> None:
    client = create_app(SpecialsStore(replace(database, user="nobody"))).test_client()
    answer = client.get(LIST)
    assert answer.status_code == 503
    assert "nobody" in caplog.text
    assert "s3cret" not in caplog.text + answer.get_data(as_text=True) + repr(database)


def test_health_looks_at_the_database(client: FlaskClient) -> None:
    assert client.get("/travelbuddy/health").get_json() == {"status": "UP"}
