"""Bad networks between the suite and the parallel run in a box: READY with a note, or one cause and
exit code 2.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from tests.children import lab_in_the_foreground
from tests.proxy import Proxy
from tests.suite.place import Place

INSERTS = "features/04-change-propagation/insert.feature"
SECRETS = {"source": "flightspecials/postgresql", "target": "travelbuddy/oracle"}


@dataclass
class Networked:
    """A project whose suite reaches both databases through networks; the replication has its own
    way to them.
    """

    place: Place
    networks: dict[str, Proxy]
    #: half of the bytes that a run nothing happens to gets from each side
    half: dict[str, int] = field(default_factory=dict)

    def run(self, *arguments: str) -> tuple[int, str, Any]:
        done = self.place.features(*arguments)
        return done.returncode, done.stdout + done.stderr, self.place.verdict


@pytest.fixture(scope="module")
def networked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Networked]:
    """One lab for all tests of this module."""
    place = Place.copy_to(tmp_path_factory.mktemp("project"))
    with lab_in_the_foreground("lab", place.root, place.environment):
        state = json.loads(place.state.read_text(encoding="utf-8"))
        with Proxy(state["postgres"]["port"]) as source, Proxy(state["oracle"]["port"]) as target:
            networks = {"source": source, "target": target}
            _redirect(state["aws"], networks)
            made = Networked(place, networks)
            before = {side: network.received for side, network in networks.items()}
            code, text, verdict = made.run(INSERTS)
            assert (code, verdict["outages"]) == (0, []), text
            made.half = {
                side: (network.received - before[side]) // 2 for side, network in networks.items()
            }
            yield made


def _redirect(aws: Any, networks: dict[str, Proxy]) -> None:
    """The secrets are the suite's alone: the replication's endpoints keep their addresses."""
    client = boto3.client(
        "secretsmanager",
        endpoint_url=aws["endpoint_url"],
        region_name=aws["region"],
        aws_access_key_id="lab",
        aws_secret_access_key="lab",
    )
    for side, name in SECRETS.items():
        secret = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
        client.put_secret_value(
            SecretId=name, SecretString=json.dumps(secret | {"port": networks[side].port})
        )
    client.close()


@pytest.mark.parametrize("side", SECRETS)
def test_a_cut_of_some_seconds_is_waited_for_and_noted(networked: Networked, side: str) -> None:
    """Long enough for a slow run to come by: an idle connection is made anew, and its end then was
    no outage.
    """
    network = networked.networks[side]
    network.after(networked.half[side], lambda: network.cut(refuse_seconds=10))
    code, text, verdict = networked.run(INSERTS)
    assert code == 0, text
    assert [
        one
        for one in verdict["outages"]
        if "of an outage, noticed at" in one and "was begun anew" in one
    ]
    assert verdict["not_held"] == []
    assert "Traceback" not in text


@pytest.mark.parametrize("side", SECRETS)
def test_a_side_that_falls_silent_ends_the_run_with_one_cause(
    networked: Networked, side: str
) -> None:
    network = networked.networks[side]
    network.after(networked.half[side], network.stall)
    # the other side has to answer within it, however busy the machine is
    code, text, verdict = networked.run(INSERTS, "--patience", "1", "--answer-timeout", "10")
    network.flow()
    assert (code, verdict["verdict"]) == (2, "NOT JUDGED"), text
    assert ("PostgreSQL" if side == "source" else "Oracle") in verdict["reason"]
    assert verdict["not_held"] == []
    assert len(text.splitlines()) < 60
