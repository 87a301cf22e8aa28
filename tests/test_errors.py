"""The errors can be caught as torch's own are, and travel between processes."""

from __future__ import annotations

import copy
import pickle

import pytest

from shapecheck.errors import DataError, ProtocolError, ShapecheckError, ShapeError, ShapeWarning, SpecError


@pytest.mark.parametrize("error", [SpecError, ProtocolError, DataError, ShapeError])
def test_every_error_is_a_shapecheck_error(error: type[Exception]) -> None:
    assert issubclass(error, ShapecheckError)


def test_an_except_clause_for_torchs_errors_catches_a_shape_error() -> None:
    # torch raises now the one and now the other for shapes.
    assert issubclass(ShapeError, RuntimeError)
    assert issubclass(ShapeError, ValueError)


def test_bad_words_and_bad_data_are_value_errors() -> None:
    assert all(issubclass(error, ValueError) for error in (SpecError, ProtocolError, DataError))


def test_a_warning_is_no_error() -> None:
    assert issubclass(ShapeWarning, UserWarning)
    assert not issubclass(ShapeWarning, ShapecheckError)


def test_a_spec_error_points_at_the_place() -> None:
    assert str(SpecError("a factor is missing here", "b*", 2)) == "a factor is missing here\n  b*\n    ^"


@pytest.mark.parametrize("travel", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_errors_with_facts_survive_copies_and_pickle(travel: object) -> None:
    assert callable(travel)
    spec = travel(SpecError("a factor is missing here", "b*", 2))
    assert (spec.problem, spec.text, spec.position) == ("a factor is missing here", "b*", 2)
    assert str(spec) == str(SpecError("a factor is missing here", "b*", 2))
    shape = travel(ShapeError("the diagnosis", ("one", "two")))
    assert (str(shape), shape.diagnoses) == ("the diagnosis", ("one", "two"))
