"""Put the services of the endpoint together."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.aws.config import AwsConfig
from lab.aws.dms.process import Switches
from lab.aws.dms.service import DmsService
from lab.aws.errors import invalid_value
from lab.aws.front import Front
from lab.aws.json_client import JsonClient
from lab.aws.logs import LogStore
from lab.aws.moto_services import moto_application
from lab.aws.rds.changes import Restarter
from lab.aws.rds.service import RdsService
from lab.dms.agreed.switches import Switches as Known
from lab.dms.assessment import applicable, assess
from lab.dms.control import TaskProcess
from lab.dms.mapping import MappingInvalid, validate_table_mappings


@dataclass(frozen=True)
class Cloud:
    """Everything behind the endpoint; ``front`` is what is served."""

    front: Front
    dms: DmsService
    rds: RdsService
    logs: LogStore
    secrets: JsonClient


def assemble(config: AwsConfig, **replaced: Any) -> Cloud:
    """``replaced`` are arguments of DmsService that take the place of the real replication's."""
    moto = moto_application()
    logs = LogStore(moto, config.region)
    behind = _real_replication(config.lab) | replaced
    dms = DmsService(
        region=config.region,
        directory=config.state_directory,
        logs=logs,
        publish=logs.deliver_event,
        **behind,
    )
    rds = RdsService(
        region=config.region,
        identifier=config.agreed["rds_instance"],
        source=config.source,
        restart=Restarter(config.restart_file) if config.restart_file else None,
    )
    front = Front(region=config.region, moto=moto, dms=dms, rds=rds)
    secrets = JsonClient(
        moto, service="secretsmanager", target_prefix="secretsmanager", region=config.region
    )
    return Cloud(front, dms, rds, logs, secrets)


def keep_secrets(cloud: Cloud, config: AwsConfig) -> None:
    """Store how the suite reaches both databases, as clients of the project look it up."""
    source, oracle = config.suite_source, config.suite_oracle
    for name, engine, login, database in (
        (config.profile["source"]["secret"], "postgres", source, source.database),
        (config.profile["target"]["secret"], "oracle", oracle, oracle.service),
    ):
        document = {
            "engine": engine,
            "host": login.host,
            "port": login.port,
            "dbname": database,
            "username": login.user,
            "password": login.password,
        }
        cloud.secrets.call("CreateSecret", Name=name, SecretString=json.dumps(document))


def _real_replication(lab: Mapping[str, Any]) -> dict[str, Any]:
    def validate(text: str) -> None:
        try:
            validate_table_mappings(text)
        except MappingInvalid as error:
            raise invalid_value(str(error)) from None

    known = {field.name for field in dataclasses.fields(Known)}
    chosen: Switches = {name: value for name, value in lab.items() if name in known} | dict(
        lab.get("switches", {})
    )
    return {
        "processes": TaskProcess,
        "validate_mapping": validate,
        "switches": chosen,
        "assessments": applicable(),
        "assess": assess,
    }
