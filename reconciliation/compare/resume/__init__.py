"""Checkpoints: what a comparison has finished is on disk, so that a run that was killed can be
taken up again.
"""
