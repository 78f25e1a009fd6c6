"""Two databases for the maker of rows, as the tests of the judge have them."""

from tests.judge_io.conftest import databases_of_makers, world

__all__ = ["databases_of_makers", "world"]
