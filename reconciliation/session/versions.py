"""Who answers: a lab that is running, a PostgreSQL that is new enough, an Oracle."""

from __future__ import annotations

from sqlalchemy import Engine, text

from reconciliation.agreed.profile import Profile
from reconciliation.databases.faults import place
from reconciliation.errors import EnvironmentFault, Unreadable

#: wal_status of a slot exists from PostgreSQL 13 on
OLDEST_POSTGRESQL = 130000


def check_lab_is_known(profile: Profile) -> None:
    if profile.kind == "lab" and profile.aws.endpoint_url is None:
        raise EnvironmentFault(
            f"the lab {profile.name!r} is not running; start it: python -m lab up --detach "
            f"--environment {profile.name}"
        )


def source_version(engine: Engine) -> str:
    """PostgreSQL answers: its version. EnvironmentFault where it is too old, or its texts are of no
    character set.
    """
    settings = (
        "current_setting('server_version_num')::int, current_setting('server_version'), "
        "current_setting('server_encoding')"
    )
    words: str
    with engine.connect() as connection:
        number, words, encoding = connection.execute(text(f"SELECT {settings}")).one()
    if number < OLDEST_POSTGRESQL:
        raise EnvironmentFault(
            f"{place(engine.url)}: PostgreSQL {words} is too old; 13 or newer is needed"
        )
    if encoding == "SQL_ASCII":  # it converts nothing, whatever the client's encoding is
        raise EnvironmentFault(
            f"{place(engine.url)}: the database is in SQL_ASCII, so nothing says which characters "
            "its bytes are, and Oracle's texts cannot be held against them; compare a copy of it "
            "in a database with ENCODING 'UTF8'"
        )
    return words


def target_version(engine: Engine) -> str:
    """Oracle answers: its banner, or the version the driver was told."""
    statements = (
        "SELECT BANNER FROM V$VERSION WHERE BANNER LIKE 'Oracle%'",
        (
            "SELECT PRODUCT || ' ' || VERSION FROM PRODUCT_COMPONENT_VERSION WHERE PRODUCT LIKE "
            "'Oracle%'"
        ),
    )
    for statement in statements:
        try:
            with engine.connect() as connection:
                found = connection.execute(text(statement)).scalars().first()
        except Unreadable:  # not every user may read these views
            continue
        if found:
            return " ".join(found.split())
    with engine.connect() as connection:
        return f"Oracle {connection.connection.version}"  # asked of the driver's own connection
