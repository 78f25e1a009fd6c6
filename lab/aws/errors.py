"""Errors as AWS reports them."""

from __future__ import annotations


class AwsError(Exception):
    """An error a client shall see: its code, a message for a human and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def not_implemented(service: str, operation: str) -> AwsError:
    """The answer to an operation that exists at AWS and not in the lab."""
    return AwsError("NotImplemented", f"the lab's {service} does not do {operation}", 501)


def not_done(service: str, operation: str) -> AwsError:
    """The same in the words of DMS's model: an error every client of DMS knows and does not try
    again.
    """
    return AwsError("InvalidOperationFault", f"the lab's {service} does not do {operation}")


def invalid_value(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)


def invalid_combination(message: str) -> AwsError:
    return AwsError("InvalidParameterCombinationException", message)


def not_found(message: str) -> AwsError:
    return AwsError("ResourceNotFoundFault", message)


def invalid_state(message: str) -> AwsError:
    return AwsError("InvalidResourceStateFault", message)


def already_exists(message: str) -> AwsError:
    return AwsError("ResourceAlreadyExistsFault", message)
