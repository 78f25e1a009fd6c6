"""How the suite may interrupt a replication, and what an environment's kind makes of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciliation.agreed.mistakes import nearest

STOP, REBOOT = "stop", "reboot-source"
#: by name what is done, as it ends "they ..."
INTERRUPTIONS: Mapping[str, str] = {
    STOP: "stop the task and resume it",
    "restart": "start the task anew from its own position",
    REBOOT: "reboot PostgreSQL",
    "cut-oracle": "cut the task off from Oracle",
    "kill": "kill the replication in the middle of a transaction",
    "lose-slot": "take the replication slot away",
}
#: what no call of AWS does
LAB_ONLY = ("cut-oracle", "kill", "lose-slot")


def usual(kind: str) -> tuple[str, ...]:
    """What is meant where a profile does not say it: all of them in a lab, which nobody else
    uses.
    """
    return tuple(INTERRUPTIONS) if kind == "lab" else (STOP,)


def mistakes_in(names: Sequence[str], kind: str, source_attributes: str | None) -> Iterator[str]:
    """What is wrong with the interruptions of a profile of this kind, one line each.

    A restart reads the slot that SlotName names in the source endpoint; without it DMS makes a new
    one, and what was written meanwhile is lost (AWS DMS user guide, "Enabling change data capture
    (CDC) using logical replication").
    """
    for name in names:
        if name not in INTERRUPTIONS:
            meant = nearest(name, tuple(INTERRUPTIONS))
            known = ", ".join(INTERRUPTIONS)
            there = f"did you mean {meant!r}?" if meant else f"there are: {known}"
            yield f"[environment] interruptions has {name!r}; {there}"
        elif kind == "live" and name in LAB_ONLY:
            yield (
                f"[environment] interruptions has {name!r}, which only a lab can do; "
                "take it out, this profile is live"
            )
        elif kind == "live" and name == "restart" and not _names_slot(source_attributes):
            yield (
                "[environment] interruptions has 'restart', but source_endpoint_attributes in "
                "[agreed] names no SlotName: a restart would make a new slot and lose what is "
                "written meanwhile; take it out, or have the endpoint name the slot"
            )


def _names_slot(attributes: str | None) -> bool:
    return any(
        part.partition("=")[0].strip().lower() == "slotname"
        for part in (attributes or "").split(";")
    )
