"""Whole tables cut into ranges of their key, each compared by itself, by
several processes at once.
"""
