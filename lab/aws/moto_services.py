"""What moto does for the lab, in this process: CloudWatch Logs, Secrets Manager, STS, CloudWatch."""

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

    server = DomainDispatcherApplication(create_backend_app)

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            return server(environ, start_response)
        except NotImplementedError as error:
            reply = error_reply(environ, AwsError("NotImplemented", f"not done in the lab: {error}", 501))
        except Exception:
            log.exception("moto: %s", environ.get("HTTP_X_AMZ_TARGET", environ.get("PATH_INFO")))
            reply = error_reply(environ, AwsError("InternalFailure", "the lab's service failed; see its log", 500))
        return reply(environ, start_response)

    return application
