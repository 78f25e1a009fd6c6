"""What the service answers: a refusal is its own word, an error is its own only when everybody
behind it answers.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from fixtures.scenario.api import LARGEST_ANSWER, Api
from reconciliation.errors import Broken, Lost, NotJudged, NotPermitted
from steps.api import ask_for_changes, change_header, the_api_has_refused
from tests.suite.at_once import AtOnce

TABLE = [
    ["meaning", "flight special", "header"],
    ["an empty header", "known", "''"],
    ["256", "known", "256 x a"],
]
UNKNOWN = SimpleNamespace(key=(8,))


class OneStory(AtOnce):
    def __init__(self, **more: Any) -> None:
        super().__init__()
        vars(self).update(more)


STORY: Any = OneStory(
    one=SimpleNamespace(keys=[(7,)], table="s.t"),
    judge=SimpleNamespace(maker=SimpleNamespace(rows=lambda table, count: [UNKNOWN])),
    wrote=lambda what: None,
)


def the_api_refuses(table: Any, story: Any, api: Api) -> None:
    the_api_has_refused(ask_for_changes(table, story, api))


class Service:
    """Answers with ``statuses`` one after the other; ``away`` is who does not answer behind it."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.body = b'{"resultCode": "N", "message": "words"}'
        self.away = ""
        self.asked = 0
        self.paths: list[str] = []

    def request(self, _method: str, url: str, **_: Any) -> requests.Response:
        self.paths.append(url.removeprefix("http://127.0.0.1:1"))
        response = requests.Response()
        response.status_code = self.statuses.pop(0)
        response.raw = io.BytesIO(self.body)
        return response

    def answers(self) -> None:
        self.asked += 1
        if self.away:
            raise Lost(self.away)

    def parties(self) -> tuple[Callable[[], None]]:
        return (self.answers,)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    made = Service()
    monkeypatch.setattr(requests, "Session", lambda: made)
    return made


@pytest.fixture
def api(service: Service) -> Iterator[Api]:
    return Api("http://127.0.0.1:1", "/{id}", "/", service.parties)


def test_a_service_whose_database_is_away_breaks_nothing(service: Service, api: Api) -> None:
    service.statuses, service.away = [500], "PostgreSQL does not answer"
    with pytest.raises(Lost, match="PostgreSQL does not answer"):
        change_header("x", STORY, api)


@pytest.mark.parametrize("statuses", [[400, 500], [500, 400], [501, 599]])
def test_an_error_of_the_service_is_no_refusal(
    service: Service, api: Api, statuses: list[int]
) -> None:
    service.statuses = statuses
    with pytest.raises(Broken, match=r"did not refuse what it must refuse:\n.* answered 5"):
        the_api_refuses(TABLE, STORY, api)


def test_an_error_of_the_service_is_its_own_where_everybody_answers(
    service: Service, api: Api
) -> None:
    service.statuses = [500]
    with pytest.raises(Broken, match="answered 500"):
        change_header("x", STORY, api)
    assert service.asked == 1


@pytest.mark.parametrize("status", [200, 400, 404, 422])
def test_a_refusal_asks_nobody_else(service: Service, api: Api, status: int) -> None:
    service.statuses = [status, status]
    the_api_refuses(TABLE, STORY, api)
    assert service.asked == 0


@pytest.mark.parametrize("status", [408, 425, 429, 502, 503, 504])
def test_a_service_that_asks_to_try_later_neither_refuses_nor_breaks_anything(
    service: Service, api: Api, status: int
) -> None:
    for ask in (
        lambda: change_header("x", STORY, api),
        lambda: the_api_refuses(TABLE, STORY, api),
        api.answers,
    ):
        service.statuses = [status]
        with pytest.raises(
            Lost, match=rf"the service at http://127\.0\.0\.1:1: .* is not available \({status} "
        ):
            ask()


@pytest.mark.parametrize(
    ("status", "way_out"), [(401, r"~/\.netrc, .* \[api\]"), (407, "HTTPS_PROXY, .* NO_PROXY")]
)
def test_a_suite_that_is_not_let_in_judges_nothing_of_the_service(
    service: Service, api: Api, status: int, way_out: str
) -> None:
    for ask in (
        lambda: change_header("x", STORY, api),
        lambda: the_api_refuses(TABLE, STORY, api),
        lambda: api.list(7),
    ):
        service.statuses = [status, status]
        with pytest.raises(
            NotPermitted, match=rf"the service at http://127\.0\.0\.1:1: .* \({status} .*{way_out}"
        ):
            ask()
    assert service.asked == 0


@pytest.mark.parametrize("statuses", [[200, 401], [401, 200]])
def test_a_change_that_was_taken_breaks_the_guarantee_although_another_was_not_let_in(
    service: Service, api: Api, statuses: list[int]
) -> None:
    service.statuses, service.body = statuses, b"{}"
    with pytest.raises(Broken, match=r"did not refuse what it must refuse:\n.* answered 200"):
        the_api_refuses(TABLE, STORY, api)


@pytest.mark.parametrize("body", [b'{"data": 1}', b"[1]", b'[{"id": 7}, null]', b"words"])
def test_a_list_of_anything_but_specials_breaks_the_guarantee(
    service: Service, api: Api, body: bytes
) -> None:
    service.statuses, service.body = [200], body
    with pytest.raises(Broken, match=r"answered 200 .*: a list( of objects)? was expected"):
        api.list(7)


def test_a_service_that_lets_nobody_in_answers(service: Service, api: Api) -> None:
    service.statuses = [401]
    api.answers()


def test_a_list_too_long_to_be_read_is_not_judged(service: Service, api: Api) -> None:
    service.statuses, service.body = [200], b'[{"id": 7}' + b" " * LARGEST_ANSWER + b"]"
    with pytest.raises(NotJudged, match=r"more than 10000000 octets .* list_path .* \{id\}"):
        api.list(7)


def test_a_list_may_be_asked_for_one_entry(service: Service) -> None:
    service.statuses, service.body = [200, 200], b"[]"
    api = Api("http://127.0.0.1:1", "/{id}", "/specials?id={id}", service.parties)
    api.list(7)
    api.answers()
    assert service.paths == ["/specials?id=7", "/specials?id=0"]
