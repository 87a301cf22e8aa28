"""What a tensor was made of, walked back over the first tensor that each operation read."""

from __future__ import annotations

import pytest
import torch

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.recording.recorder import Recorder
from shapecheck.capture.recording.tape import Ref, Tape

VIEWS = frozenset(["view", "unsqueeze", "__getitem__"])


@pytest.fixture
def told():
    """A tape, and the end of ``x -> relu -> x[rows] -> unsqueeze -> view``."""
    tape = Tape()
    x, rows = torch.randn(5, 3), torch.tensor([4, 0])
    with Recorder(tape):
        end = x.relu()[rows].unsqueeze(1).view(6)
    return tape, tape.ref(end)


def names(found):
    return [node.name for _, node in found]


def test_goes_back_as_long_as_the_operations_have_these_names(told):
    tape, end = told
    assert names(backwards(tape, end, VIEWS)) == ["view", "unsqueeze", "__getitem__", "relu"]
    assert names(backwards(tape, end, ["view"])) == ["view", "unsqueeze"]
    assert names(backwards(tape, end, [])) == ["view"]


def test_goes_through_any_operation_to_what_was_there_before(told):
    tape, end = told
    assert names(backwards(tape, end, None)) == ["view", "unsqueeze", "__getitem__", "relu", "data"]


def test_gives_each_tensor_with_the_node_that_made_it(told):
    tape, end = told
    for ref, node in backwards(tape, end, None):
        assert node is tape.nodes[ref.node]


def test_gives_no_more_than_it_is_asked_for(told):
    tape, end = told
    assert names(backwards(tape, end, VIEWS, 2)) == ["view", "unsqueeze"]


def test_stops_in_front_of_a_step_and_gives_what_the_step_was_given(told):
    tape, end = told
    assert names(backwards(tape, end, VIEWS, first=end.node - 1)) == ["view", "unsqueeze", "__getitem__"]
    assert names(backwards(tape, end, VIEWS, first=end.node + 1)) == ["view"]


def test_stops_at_what_read_a_second_tensor_where_that_is_asked(told):
    tape, end = told
    assert names(backwards(tape, end, VIEWS, is_alone=True)) == ["view", "unsqueeze", "__getitem__"]


def test_knows_which_of_several_tensors_it_came_from():
    tape = Tape()
    with Recorder(tape):
        left, right = torch.arange(6).split(4)
        end = right.unsqueeze(0)
    assert [ref.out for ref, _ in backwards(tape, tape.ref(end), VIEWS)] == [0, 1]
    assert tape.ref(left).out == 0


def test_origin_is_the_farthest(told):
    tape, end = told
    ref, node = origin(tape, end, VIEWS)
    assert (node.name, ref) == ("relu", Ref(node.index))
    assert origin(tape, end, VIEWS, is_alone=True)[1].name == "__getitem__"
    assert origin(tape, end, VIEWS, first=end.node)[1].name == "unsqueeze"
    assert origin(tape, ref, VIEWS) == (ref, node)
