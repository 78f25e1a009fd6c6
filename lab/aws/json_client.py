"""Calls to services of this process that speak AWS's JSON 1.1, without going over the network."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.test import Client
from werkzeug.wrappers import Response

from lab.aws.errors import AwsError
from lab.serving import WsgiApplication


class JsonClient:
    def __init__(
        self, application: WsgiApplication, *, service: str, target_prefix: str, region: str
    ) -> None:
        self._client = Client(application, Response)
        self._target_prefix = target_prefix
        scope = f"lab/20000101/{region}/{service}/aws4_request"
        self._headers = {
            "Authorization": (
                f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"
            ),
            "Content-Type": "application/x-amz-json-1.1",
        }

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The response's document. Raises AwsError with the service's code."""
        headers = {**self._headers, "X-Amz-Target": f"{self._target_prefix}.{operation}"}
        response = self._client.post("/", data=json.dumps(parameters), headers=headers)
        document = json.loads(response.get_data() or b"{}")
        if response.status_code >= 400:
            message = document.get("message") or document.get("Message", "")
            raise AwsError(
                str(document.get("__type", "")).rsplit("#", 1)[-1], message, response.status_code
            )
        return document
