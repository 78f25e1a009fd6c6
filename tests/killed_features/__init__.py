"""kill -9 of `pytest features` itself: the next sweep leaves nothing of the run."""
