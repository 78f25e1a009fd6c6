"""boto3 clients for the AWS of a profile."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

from reconciliation.agreed.profile import Profile
from reconciliation.databases.faults import aws_errors
from reconciliation.errors import EnvironmentFault

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_dms import DatabaseMigrationServiceClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_rds import RDSClient
    from types_boto3_secretsmanager import SecretsManagerClient


class AwsClients:
    """boto3 clients, made when first asked for. A lab takes any credentials, so fixed ones are used
    there.
    """

    def __init__(self, profile: Profile) -> None:
        self.region, self.endpoint_url = profile.aws.region, profile.aws.endpoint_url
        self._cli_profile, self._lab = profile.aws.cli_profile, profile.kind == "lab"

    def __repr__(self) -> str:
        return f"AwsClients({self.region}, {self.endpoint_url or 'public endpoints'})"

    @cached_property
    def _session(self) -> boto3.Session:
        import boto3  # not needed, and slow to import, where secrets come from variables
        from botocore import exceptions as boto_errors

        if self._lab:
            return boto3.Session(
                aws_access_key_id="lab", aws_secret_access_key="lab", region_name=self.region
            )
        try:
            return boto3.Session(profile_name=self._cli_profile, region_name=self.region)
        except boto_errors.BotoCoreError as error:
            raise EnvironmentFault(
                f"AWS {self.region}: {error}; check cli_profile in [aws]"
            ) from None

    def _connecting(self, service: str) -> AbstractContextManager[None]:
        if self._lab and self.endpoint_url is None:
            raise EnvironmentFault(
                "the lab is not running: no AWS endpoint is known; start it with python -m lab up"
            )
        return self.asking(f"connecting to {service}")

    @cached_property
    def _config(self) -> Config:
        from botocore.config import Config

        # adaptive: calls that AWS throttles are made more slowly instead of failing; an outage is
        # waited for elsewhere
        return Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"total_max_attempts": 5, "mode": "adaptive"},
        )

    def asking(self, what: str) -> AbstractContextManager[None]:
        """Context manager: errors of boto3 inside it become one EnvironmentFault that says ``what``
        was asked.

        Lost is what may pass by itself, NotPermitted what only this question meets.
        """
        return aws_errors(what, self.endpoint_url, self.region)

    @cached_property
    def dms(self) -> DatabaseMigrationServiceClient:
        with self._connecting("dms"):
            return self._session.client("dms", endpoint_url=self.endpoint_url, config=self._config)

    @cached_property
    def rds(self) -> RDSClient:
        with self._connecting("rds"):
            return self._session.client("rds", endpoint_url=self.endpoint_url, config=self._config)

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        with self._connecting("logs"):
            return self._session.client("logs", endpoint_url=self.endpoint_url, config=self._config)

    @cached_property
    def secretsmanager(self) -> SecretsManagerClient:
        with self._connecting("secretsmanager"):
            return self._session.client(
                "secretsmanager", endpoint_url=self.endpoint_url, config=self._config
            )

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        with self._connecting("cloudwatch"):
            return self._session.client(
                "cloudwatch", endpoint_url=self.endpoint_url, config=self._config
            )

    def close(self) -> None:
        for name in ("dms", "rds", "logs", "secretsmanager", "cloudwatch"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()
