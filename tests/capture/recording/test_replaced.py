"""Functions with others in their place, until they are put back."""

from collections.abc import Callable

import pytest

from shapecheck.capture.recording.replaced import Replaced


class Home:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def add(self, number: int) -> int:
        """One more."""
        return number + 1


def twice(original: Callable[..., int]) -> Callable[..., int]:
    return lambda home, number: 2 * original(home, number)


@pytest.fixture(autouse=True)
def as_it_was():
    original = Home.add
    yield
    Home.add = original


def test_the_other_one_is_called_and_the_first_comes_back():
    original, replaced = Home.add, Replaced()
    assert not replaced
    replaced.put(Home, "add", twice)
    assert replaced
    assert Home().add(3) == 8
    assert (Home.add.__name__, Home.add.__doc__) == ("add", "One more.")
    replaced.put_back()
    assert Home.add is original
    assert not replaced


def test_what_came_on_top_is_left_there():
    replaced = Replaced()
    replaced.put(Home, "add", twice)
    own = Home.add
    Home.add = lambda home, number: own(home, number) + 100
    replaced.put_back()
    assert Home().add(3) == 108


def test_put_back_twice_changes_nothing():
    original, replaced = Home.add, Replaced()
    replaced.put(Home, "add", twice)
    replaced.put_back()
    replaced.put_back()
    assert Home.add is original
