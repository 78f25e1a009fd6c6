"""All tests of SQLAlchemy's suite, to be collected from here."""

from sqlalchemy.testing.suite import *  # noqa: F403 - how SQLAlchemy's README.dialects.rst has it
