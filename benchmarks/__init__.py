"""Measurements of what this project is made of: never part of the tests, always beside something
known.
"""
