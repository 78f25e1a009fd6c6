"""The one endpoint: looks at whom a request is for and hands it on."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable
from typing import Any, Protocol

from werkzeug.wrappers import Request, Response

from lab.aws.dms.service import DmsService
from lab.aws.errors import AwsError
from lab.aws.logs import TARGET_PREFIX, LogsFront
from lab.aws.moto_services import SERVICES
from lab.aws.query import parse_form, response_document
from lab.aws.replies import error_reply, json_reply, xml_reply
from lab.aws.service_models import operation_model
from lab.serving import WsgiApplication

log = logging.getLogger(__name__)

#: AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request
_SCOPE = re.compile(r"Credential=[^/,]+/\d+/(?P<region>[^/,]+)/(?P<service>[^/,]+)/aws4_request")
#: X-Amz-Target of requests without a signature
_TARGETS = {"AmazonDMSv20160101": "dms", TARGET_PREFIX: "logs", "secretsmanager": "secretsmanager"}


class QueryService(Protocol):
    def handle(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]: ...


class Front:
    """The WSGI application of the endpoint. Signatures are not checked: any key may do anything."""

    def __init__(
        self, *, region: str, moto: WsgiApplication, dms: DmsService, rds: QueryService
    ) -> None:
        self._region = region
        self._moto = moto
        self._dms = dms
        self._rds = rds
        self._logs = LogsFront(moto, region)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            reply = self._dispatch(Request(environ))
        except AwsError as error:
            reply = error_reply(environ, error)
        except Exception:
            log.exception("%s %s", environ.get("PATH_INFO"), environ.get("HTTP_X_AMZ_TARGET", ""))
            reply = error_reply(
                environ, AwsError("InternalFailure", "the lab's AWS API failed; see its log", 500)
            )
        return reply(environ, start_response)

    def _dispatch(self, request: Request) -> WsgiApplication:
        service = self._service(request)
        if service == "dms":
            return json_reply(self._dms.handle(_target(request), _document(request)))
        if service == "rds":
            return self._query(request)
        if service == "logs" and (own := self._logs.operations.get(_target(request))):
            return json_reply(own(_document(request)))
        if service in SERVICES:
            return self._moto
        known = ", ".join(("dms", "rds", *SERVICES))
        raise AwsError("NotImplemented", f"the lab has no service {service!r}; it has {known}", 501)

    def _service(self, request: Request) -> str:
        scope = _SCOPE.search(request.headers.get("Authorization", ""))
        if scope is None:
            service = _TARGETS.get(request.headers.get("X-Amz-Target", "").split(".")[0])
            if service is None:
                raise AwsError(
                    "MissingAuthenticationToken", "the request is not signed for any service", 403
                )
            return service
        if scope["region"] != self._region and scope["service"] != "sts":
            raise AwsError(
                "InvalidSignatureException",
                f"the lab is in {self._region}, not in {scope['region']}",
                403,
            )
        return scope["service"].lower()

    def _query(self, request: Request) -> Response:
        form = request.form
        operation = form.get("Action", "")
        model = operation_model("rds", operation)
        return xml_reply(
            response_document(model, self._rds.handle(operation, parse_form(model, form)))
        )


def _target(request: Request) -> str:
    return request.headers.get("X-Amz-Target", "").rsplit(".", 1)[-1]


def _document(request: Request) -> dict[str, Any]:
    try:
        document = json.loads(request.get_data(cache=True) or b"{}")
    except ValueError as error:
        raise AwsError(
            "SerializationException", f"the request's body is not JSON: {error}"
        ) from None
    if not isinstance(document, dict):
        raise AwsError("SerializationException", "the request's body is not a JSON object")
    return document
