"""SQLAlchemy's suite for dialects, run against the stand-in in processes of its own.

SQLAlchemy's pytest plugin takes a whole pytest process over, so nothing here is collected by this
project's pytest: ``tests/oracle/test_sqlalchemy_suite.py`` starts ``runner`` and judges what it
returns. By hand:

    python -m tests.sqlalchemy_suite [-k EXPRESSION] [any other option of pytest]
"""
