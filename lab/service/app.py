"""The FlightSpecials service over HTTP, under ``/travelbuddy``."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException

from lab.service.requests import BadRequestError, parse_header_change
from lab.service.specials import DatabaseDownError, SpecialsStore

log = logging.getLogger(__name__)

PREFIX = "/travelbuddy"


def create_app(store: SpecialsStore) -> Flask:
    """Every answer is JSON, errors included: ``{"resultCode": "N", "message": "..."}``."""
    app = Flask(__name__)
    assert isinstance(app.json, DefaultJSONProvider)
    app.json.ensure_ascii = False
    app.json.sort_keys = False
    app.register_blueprint(_routes(store), url_prefix=PREFIX)
    app.register_error_handler(BadRequestError, lambda error: _refusal(400, str(error)))
    app.register_error_handler(DatabaseDownError, _database_down)
    app.register_error_handler(
        HTTPException, lambda error: _refusal(error.code or 500, error.description or error.name)
    )
    return app


def _routes(store: SpecialsStore) -> Blueprint:
    routes = Blueprint("flightspecials", __name__)

    @routes.get("/flightspecials")
    def list_specials() -> Response:
        return jsonify(store.list(request.args.get("id", type=int)))

    @routes.post("/flightspecials/<int(signed=True):special_id>/header")
    def change_header(special_id: int) -> Any:
        header = parse_header_change(request.get_data(), special_id)
        if not store.change_header(special_id, header):
            return _refusal(404, f"there is no flight special {special_id}")
        return jsonify(resultCode="Y", data=f"header of flight special {special_id} changed")

    @routes.post("/flightspecials/<int(signed=True):special_id>/name")
    def accept_name(special_id: int) -> Response:
        # the older handler: it takes the same request, says yes and leaves the header as it is
        parse_header_change(request.get_data(), special_id)
        return jsonify(resultCode="Y", data=f"flight special {special_id} accepted")

    @routes.get("/health")
    def health() -> Response:
        store.check()
        return jsonify(status="UP")

    return routes


def _database_down(error: DatabaseDownError) -> tuple[Response, int]:
    log.error("database: %s", error)
    return _refusal(503, "the database does not answer; try again later")


def _refusal(status: int, message: str) -> tuple[Response, int]:
    return jsonify(resultCode="N", message=message), status
