"""Passwords of one lab's life."""

from __future__ import annotations

import secrets


def new_password() -> str:
    """Random; letters and digits only, so that it passes through URLs and connection strings
    unharmed.
    """
    return secrets.token_hex(16)
