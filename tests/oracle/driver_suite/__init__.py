"""Runs python-oracledb's own public tests, fetched by the user, against the Oracle stand-in and
counts what passes.
"""
