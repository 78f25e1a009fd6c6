"""What moto does for the lab, in this process: CloudWatch Logs, Secrets
Manager, STS, CloudWatch.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from typing import Any

from lab.aws.config import ACCOUNT
from lab.aws.errors import AwsError
from lab.aws.replies import error_reply
from lab.serving import WsgiApplication

log = logging.getLogger(__name__)

#: credential scope -> what an error message calls the service
SERVICES = {
    "logs": "CloudWatch Logs",
    "secretsmanager": "Secrets Manager",
    "sts": "STS",
    "monitoring": "CloudWatch",
}


def moto_application() -> WsgiApplication:
    """moto's server as a WSGI application; what it leaves to an HTML page becomes an AWS error."""
    os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    _list_each_metric_once()
    server = DomainDispatcherApplication(create_backend_app)

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            return server(environ, start_response)
        except NotImplementedError as error:
            reply = error_reply(
                environ, AwsError("NotImplemented", f"not done in the lab: {error}", 501)
            )
        except Exception:
            log.exception("moto: %s", environ.get("HTTP_X_AMZ_TARGET", environ.get("PATH_INFO")))
            reply = error_reply(
                environ, AwsError("InternalFailure", "the lab's service failed; see its log", 500)
            )
        return reply(environ, start_response)

    return application


def _list_each_metric_once() -> None:
    """moto lists a metric of two dimensions once for each of its data points; CloudWatch lists it
    once.
    """
    from moto.cloudwatch.models import CloudWatchBackend

    if getattr(CloudWatchBackend, "lists_each_metric_once", False):
        return
    all_of = CloudWatchBackend.get_all_metrics

    def filtered(
        self: Any, metric_name: str, namespace: str, dimensions: list[dict[str, str]]
    ) -> list[Any]:
        found = {}
        for datum in all_of(self):
            if datum.filter(namespace=namespace, name=metric_name, dimensions=dimensions):
                named = frozenset(
                    (dimension.name, dimension.value) for dimension in datum.dimensions
                )
                found[datum.namespace, datum.name, named] = datum
        return list(found.values())

    CloudWatchBackend.get_filtered_metrics = filtered  # type: ignore[method-assign]
    CloudWatchBackend.lists_each_metric_once = True  # type: ignore[attr-defined]
