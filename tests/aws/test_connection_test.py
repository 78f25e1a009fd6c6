"""Connecting to an endpoint's database: a live PostgreSQL, and nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.aws.dms.connection_test import ConnectionTestError, connect
from lab.aws.dms.records.endpoint import Endpoint
from lab.aws.dms.schemas import read_schemas
from tests.clusters import Cluster, free_port


@pytest.fixture
def endpoint(cluster: Cluster) -> Endpoint:
    return Endpoint(
        identifier="source",
        arn="arn",
        type="source",
        engine="postgres",
        server=cluster.host,
        port=cluster.port,
        database="dso",
        user="postgres",
        password="s3cret",
    )


def test_a_live_database_is_reached(endpoint: Endpoint) -> None:
    assert connect(endpoint) is None


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"database": "nowhere"}, 'database "nowhere" does not exist'),
        ({"user": "s3cret"}, 'role "***" does not exist'),
        ({"engine": "oracle", "port": 1}, "OCI error"),
    ],
)
def test_the_driver_s_words_are_told_without_the_password(
    endpoint: Endpoint, change: dict, text: str
) -> None:
    with pytest.raises(
        ConnectionTestError, match="Test Endpoint failed: Application-Status: 1020912"
    ) as caught:
        connect(replace(endpoint, **change))
    assert text in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("engine", ["postgres", "oracle"])
def test_nobody_there_is_a_failure(endpoint: Endpoint, engine: str) -> None:
    with pytest.raises(ConnectionTestError, match=r"[Rr]efused"):
        connect(replace(endpoint, engine=engine, port=free_port()))


def test_schemas_are_read_from_the_database(endpoint: Endpoint, cluster: Cluster) -> None:
    cluster.execute("create schema if not exists travelbuddy", "dso")
    assert {"public", "travelbuddy"} <= set(read_schemas(endpoint))
    assert not [
        name
        for name in read_schemas(endpoint)
        if name.startswith("pg_") or name == "information_schema"
    ]
