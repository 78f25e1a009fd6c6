"""The names DMS gives and takes: resource ids and identifiers."""

from __future__ import annotations

import re

from lab.aws.errors import invalid_value

_IDENTIFIER = re.compile(r"[a-z](-?[a-z0-9])*")


def resource_id(arn: str) -> str:
    return arn.rsplit(":", 1)[1]


def identifier(text: str, what: str) -> str:
    """DMS keeps identifiers in lower case: letters, digits and single hyphens, beginning with a
    letter.
    """
    lowered = text.lower()
    if not _IDENTIFIER.fullmatch(lowered) or len(lowered) > 255:
        raise invalid_value(
            f"The {what} identifier {text!r} is not valid: letters, digits and single hyphens, "
            f"beginning with a letter"
        )
    return lowered
