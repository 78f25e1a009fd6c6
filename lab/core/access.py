"""How to reach a lab: what ``--json`` prints, and what the AWS API has to know of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lab.core.paths import LabPaths
from lab.core.ports import HOST
from lab.core.profile import LabProfile
from lab.logins import OracleLogin, PostgresLogin

#: the keys of the object ``--json`` prints, ``api`` only where the profile has one; the state file
#: holds more (process ids, the store's login)
ACCESS_KEYS = ("environment", "postgres", "oracle", "suite", "aws", "api")


@dataclass(frozen=True)
class LabAccess:
    """Every address of a lab; the logins are the replication's but for the ``suite_`` ones and the
    store's.
    """

    profile: LabProfile
    source: PostgresLogin
    suite_source: PostgresLogin
    store: PostgresLogin
    oracle: OracleLogin
    suite_oracle: OracleLogin
    #: None where the profile has no [api]
    api_port: int | None = None

    @property
    def _api(self) -> dict[str, Any]:
        if self.api_port is None:
            return {}
        return {"api": {"base_url": f"http://{HOST}:{self.api_port}"}}

    @property
    def _suite(self) -> dict[str, Any]:
        return {"source": asdict(self.suite_source), "oracle": asdict(self.suite_oracle)}

    def aws_config(self, paths: LabPaths) -> dict[str, Any]:
        """The configuration of the AWS API but for its own address."""
        return {
            "region": self.profile.region,
            "state_dir": str(paths.directory),
            "source": asdict(self.source),
            "oracle": asdict(self.oracle),
            "suite": self._suite,
            "environment_profile": self.profile.document,
            "table_mapping": self.profile.table_mapping,
            **self._api,
            "restart_file": str(paths.restart_file),
        }

    def document(self, aws_port: int) -> dict[str, Any]:
        """The state file's part about access; the store's login is for the lab itself and its
        tests.
        """
        return {
            "environment": self.profile.name,
            "postgres": asdict(self.source),
            "oracle": asdict(self.oracle),
            "suite": self._suite,
            "aws": {
                "endpoint_url": f"http://{HOST}:{aws_port}",
                "region": self.profile.region,
                "task": self.profile.task,
            },
            **self._api,
            "store": asdict(self.store),
        }


def public_part(state: Mapping[str, Any]) -> dict[str, Any]:
    """Of a state file's content what ``--json`` prints."""
    return {key: state[key] for key in ACCESS_KEYS if key in state}
