"""The service models of the AWS SDK: which operations exist, what goes in, what comes out."""

from __future__ import annotations

from functools import cache

import botocore.session
from botocore.model import OperationModel, ServiceModel, StructureShape
from botocore.validate import ParamValidator

from lab.aws.errors import AwsError


@cache
def service_model(name: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(name)


def structure(service: str, name: str) -> StructureShape:
    """The structure of that name; TypeError for a shape that has no members."""
    shape = service_model(service).shape_for(name)
    if not isinstance(shape, StructureShape):
        raise TypeError(f"{name} of {service} is a {shape.type_name}, not a structure")
    return shape


def operation_model(service: str, operation: str) -> OperationModel:
    """The model of one operation; an AwsError for a name that AWS does not have either."""
    model = service_model(service)
    if operation not in model.operation_names:
        raise AwsError(
            "UnknownOperationException", f"{service} has no operation {operation!r}", 404
        )
    return model.operation_model(operation)


def check_input(operation: OperationModel, parameters: dict[str, object]) -> None:
    """Refuse a request that lacks a required member or holds a wrong type, as the service's own
    front does.
    """
    if operation.input_shape is None:
        return
    report = ParamValidator().validate(parameters, operation.input_shape)
    if report.has_errors():
        raise AwsError("ValidationException", report.generate_report().replace("\n", "; "))
