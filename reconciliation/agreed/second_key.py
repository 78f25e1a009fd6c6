"""The second key: whoever writes to a live system types the environment's name once more.

``mutations = true`` stands in a file that is copied and kept; the second key is of one run only.
"""

from __future__ import annotations

from reconciliation.agreed.profile_model import Profile

OPTION = "--writes-to"


def mistaken(profile: Profile, writes_to: str | None) -> str | None:
    """Why ``writes_to``, the name that was typed, cannot be meant; None where it can, also where
    none was typed.
    """
    if writes_to is None:
        return None
    if writes_to != profile.name:
        return (
            f"{OPTION} {writes_to} names another environment than this run's, {profile.name}; "
            "nothing was connected to. Type the same name twice"
        )
    if not profile.mutations:
        return (
            f"{OPTION} {writes_to}: environments/{profile.name}.toml says mutations = false, so "
            f"nothing may be written there; leave {OPTION} out"
        )
    return None


def missing(profile: Profile, writes_to: str | None) -> str | None:
    """Why a run that changes rows may not begin; None where it may. A lab needs no second key."""
    if profile.kind != "live" or not profile.mutations or writes_to == profile.name:
        return None
    return (
        f"environment {profile.name!r} is live, and this run would write to it; nothing was "
        f"written. Type its name again, {OPTION} {profile.name}, or run what only reads: "
        "-m nightly"
    )
