"""A script for Oracle that makes divergent rows what they should be, and a dry run of it; nothing
is executed.

``command.repair_script`` gives the script of a run as text, ``check.check_script`` says what it
would do now.
"""
