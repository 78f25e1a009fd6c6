"""Passwords: never in a repr, a message or a report, wherever credentials come from."""

from __future__ import annotations

import dataclasses
import importlib
import json
import pkgutil
from types import SimpleNamespace
from typing import Any

import pytest

import reconciliation
from reconciliation.agreed.profile import TargetSide
from reconciliation.databases.connections import AwsClients, Credentials, resolve_credentials
from reconciliation.errors import EnvironmentFault

from .samples import lab_profile

SECRET = "s3cr3t-tiger"


def _dataclasses() -> list[type]:
    found: dict[str, type] = {}
    for module in pkgutil.walk_packages(reconciliation.__path__, "reconciliation."):
        if module.name.endswith("__main__"):
            continue
        for thing in vars(importlib.import_module(module.name)).values():
            if isinstance(thing, type) and dataclasses.is_dataclass(thing):
                found[f"{thing.__module__}.{thing.__qualname__}"] = thing
    return list(found.values())


def test_every_field_that_may_hold_a_secret_is_hidden_from_repr() -> None:
    classes = _dataclasses()
    assert len(classes) > 30
    suspicious = [
        f"{cls.__name__}.{item.name}"
        for cls in classes
        for item in dataclasses.fields(cls)
        if item.repr
        and any(
            word in item.name for word in ("password", "secret_value", "token_value", "access_key")
        )
        and not item.name.endswith("_env")
    ]
    assert suspicious == []


def test_credentials_never_show_the_password() -> None:
    credentials = Credentials("Oracle", "h", 1521, "XE", "dmsuser", SECRET)
    for shown in (
        repr(credentials),
        str(credentials),
        f"{credentials}",
        repr(credentials.url),
        str(credentials.url),
        credentials.url.render_as_string(hide_password=False),
    ):
        assert SECRET not in shown
        assert "dmsuser" in shown


class FakeAws(SimpleNamespace):
    def __init__(self, text: str) -> None:
        super().__init__(
            secretsmanager=SimpleNamespace(get_secret_value=lambda **_: {"SecretString": text})
        )

    def asking(self, what: str) -> Any:
        return AwsClients(lab_profile()).asking(what)


GOOD = {
    "engine": "oracle",
    "host": "h",
    "port": "1521",
    "dbname": "XE",
    "username": "u",
    "password": SECRET,
}


def test_credentials_come_from_the_secret() -> None:
    side = lab_profile().target
    credentials = resolve_credentials(side, FakeAws(json.dumps(GOOD)))
    found = (credentials.product, credentials.host, credentials.port, credentials.database)
    assert found == ("Oracle", "h", 1521, "XE")
    assert credentials.password == SECRET


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f'["{SECRET}"]',
        f'"{SECRET}"',
        json.dumps(GOOD | {"port": SECRET}),
        json.dumps(GOOD | {"host": ""}),
        json.dumps(GOOD | {"host": {"name": SECRET}}),
        json.dumps(GOOD | {"password": [SECRET]}),
        json.dumps({"password": SECRET}),
    ],
)
def test_an_unusable_secret_is_named_and_not_shown(text: str) -> None:
    with pytest.raises(EnvironmentFault, match="the secret 'travelbuddy/oracle' ") as caught:
        resolve_credentials(lab_profile().target, FakeAws(text))
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_credentials_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    side = TargetSide(
        "T",
        host="h",
        port=1521,
        database="XE",
        user_env="A_USER",
        password_env="A_PASSWORD",
        connect_as="sid",
    )
    monkeypatch.setenv("A_USER", "someone")
    monkeypatch.delenv("A_PASSWORD", raising=False)
    with pytest.raises(
        EnvironmentFault, match=r"environment variable A_PASSWORD is not set; .* for Oracle"
    ):
        resolve_credentials(side, FakeAws(""))
    monkeypatch.setenv("A_PASSWORD", SECRET)
    credentials = resolve_credentials(side, FakeAws(""))
    assert (credentials.user, credentials.password, credentials.connect_as) == (
        "someone",
        SECRET,
        "sid",
    )
