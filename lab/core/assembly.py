"""All parts of one lab, started as far as possible side by side."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lab.core.access import LabAccess
from lab.core.account import cluster_home, server_account
from lab.core.binaries import find_installation
from lab.core.cluster import LOGICAL_SETTINGS, STORE_SETTINGS, Cluster
from lab.core.component import Component, start_component
from lab.core.errors import LabError, StoppedError
from lab.core.grants import REPLICATION_USER, SUITE_USER
from lab.core.legacy import (
    ADMINISTRATOR,
    SERVICE,
    create_store,
    fill_legacy,
    grant_control_tables,
    privileges,
)
from lab.core.passwords import new_password
from lab.core.paths import ID_VARIABLE, LabPaths
from lab.core.ports import HOST, require_free
from lab.core.profile import LabProfile
from lab.core.source import create_source
from lab.core.world import starting_instant
from lab.logins import OracleLogin

#: which module serves as which component
MODULES = {"oracle": "lab.oracle", "api": "lab.service", "aws": "lab.aws"}

# settings of the caller's shell that would lead the lab's clients away from the lab
_STRAY_VARIABLES = re.compile(r"PG[A-Z]+|AWS_\w+|\w+_proxy", re.IGNORECASE)


class Lab:
    """One lab's clusters and components. Not reusable: start once, stop once."""

    def __init__(
        self,
        profile: LabProfile,
        paths: LabPaths,
        say: Callable[[str], None],
        modules: Mapping[str, str] = MODULES,
    ) -> None:
        self._profile = profile
        self._paths = paths
        self._say = say
        self._modules = modules
        self._environ = {
            key: value for key, value in os.environ.items() if not _STRAY_VARIABLES.fullmatch(key)
        }
        self._environ[ID_VARIABLE] = paths.lab_id
        self._stopping = threading.Event()
        self._instant = starting_instant()
        self._home = Path()
        self._clusters: list[Cluster] = []
        self._components: list[Component] = []
        # Linux ties "end when the parent dies" to the thread that started a child, so these threads
        # stay
        self._workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="lab")

    def start(self) -> dict[str, Any]:
        """Bring everything up and return the lab's state. Raises LabError naming the part that
        failed.
        """
        for name, port in self._profile.ports.items():
            require_free(port, name)
        self._home = cluster_home(
            server_account(), self._paths.clusters, self._paths.outside_clusters
        )
        new = self._submit(self._start_new_side)
        old = self._submit(self._start_legacy_side)
        _raise_first_failure(new, old)
        legacy = old.result()
        administrator = legacy.pop("administrator")
        access = LabAccess(self._profile, **new.result(), **legacy)
        aws = self._start_component("aws", access.aws_config(self._paths))
        if self._profile.table_mapping is None:
            self._say("aws: there is no task, as it was wanted")
        elif not grant_control_tables(administrator):
            self._say("oracle: the task has made no control table, so nothing is granted on it")
        return {**access.document(aws.port), **self._inventory()}

    def interrupt(self) -> None:
        """Let a start that is under way give up; safe in a signal handler."""
        self._stopping.set()

    def ended(self) -> list[str]:
        """The parts that have ended by themselves since the last call, with their exit codes."""
        parts: list[Component | Cluster] = [*self._components, *self._clusters]
        gone = [part for part in parts if part.process and part.process.poll() is not None]
        self._components = [part for part in self._components if part not in gone]
        self._clusters = [part for part in self._clusters if part not in gone]
        return [
            f"{part.name} (exit code {part.process.returncode})" for part in gone if part.process
        ]

    def restart_source(self) -> dict[str, Any]:
        """Restart the source; returns what changes in the lab's state.

        Called from the main thread, which outlives the server it starts.
        """
        cluster = next((one for one in self._clusters if one.name == "postgres"), None)
        if cluster is not None:
            port = cluster.port
            cluster.stop()
            try:
                cluster.start(port)
                self._say(f"postgres: restarted on port {port}")
            except LabError as error:
                self._say(f"postgres: stays down: {error}")
        return self._inventory()

    def stop(self) -> None:
        """Stop in the reverse order of the start; the clusters without ceremony, as their data goes
        away.
        """
        self._stopping.set()
        self._workers.shutdown(wait=True)
        for component in reversed(self._components):
            component.stop()
        for cluster in self._clusters:
            cluster.stop(how=signal.SIGQUIT)

    def _submit(self, work: Callable[[], dict[str, Any]]) -> Future[dict[str, Any]]:
        def guarded() -> dict[str, Any]:
            try:
                return work()
            except BaseException:
                self._stopping.set()
                raise

        return self._workers.submit(guarded)

    def _start_new_side(self) -> dict[str, Any]:
        cluster = self._start_cluster("postgres", LOGICAL_SETTINGS)
        logins = create_source(cluster, self._profile.world, self._instant)
        started = {"source": logins.replication, "suite_source": logins.suite}
        if not self._profile.has_api:
            return started
        api = self._start_component("api", {"source": asdict(logins.service)})
        return {**started, "api_port": api.port}

    def _start_legacy_side(self) -> dict[str, Any]:
        store = create_store(self._start_cluster("store", STORE_SETTINGS))
        granted = privileges(self._profile.world.oracle_schemas)
        passwords = {user: new_password() for user in granted}
        users = {
            user.upper(): {"password": passwords[user], "privileges": granted[user]}
            for user in granted
        }
        charset = self._profile.target_charset
        config = {"service": SERVICE, "store": asdict(store), "users": users, "charset": charset}
        oracle = self._start_component("oracle", config)
        logins = {
            user: OracleLogin(HOST, oracle.port, SERVICE, user, passwords[user]) for user in granted
        }
        fill_legacy(logins, self._profile, self._instant)
        return {
            "store": store,
            "oracle": logins[REPLICATION_USER],
            "suite_oracle": logins[SUITE_USER],
            "administrator": logins[ADMINISTRATOR],
        }

    def _start_cluster(self, name: str, settings: Mapping[str, str]) -> Cluster:
        cluster = Cluster(
            name=name,
            directory=self._home / name,
            log_file=self._paths.log(name),
            password=new_password(),
            installation=find_installation(),
            account=server_account(),
            environ=self._environ,
            stopping=self._stopping.is_set,
        )
        cluster.create(settings)
        self._clusters.append(cluster)
        cluster.start(self._profile.ports.get(name, 0))
        self._say(f"{name}: PostgreSQL {cluster.installation.major} on port {cluster.port}")
        return cluster

    def _start_component(self, name: str, config: Mapping[str, Any]) -> Component:
        component = start_component(
            self._paths,
            name,
            self._modules[name],
            {"host": HOST, "port": self._profile.ports.get(name, 0), **config},
            environ=self._environ,
            stopping=self._stopping.is_set,
        )
        self._components.append(component)
        self._say(f"{name}: on port {component.port}")
        return component

    def _inventory(self) -> dict[str, Any]:
        """What ``status``, ``down`` and tests need besides the access data."""
        parts: list[Component | Cluster] = [*self._clusters, *self._components]
        return {
            "supervisor": os.getpid(),
            "cluster_directory": str(self._home),
            "components": {
                part.name: {"pid": part.process.pid, "port": part.port}
                for part in parts
                if part.process
            },
        }


def _raise_first_failure(*futures: Future[dict[str, Any]]) -> None:
    wait(futures)
    errors = [error for future in futures if (error := future.exception())]
    # the first failure makes the other side give up: that one is not worth telling
    for error in [error for error in errors if not isinstance(error, StoppedError)] or errors:
        raise error
