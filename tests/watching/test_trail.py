"""The trail: what was known before, and every way through the protocol that was gone."""

from shapecheck.protocol import Protocol, Stage
from shapecheck.records import CallRecord, TensorRecord
from shapecheck.watching import trail
from shapecheck.watching.trail import Trail

IN = Stage("in", "a.input", "batch_size seq_length")
FLAT = Stage("flat", "b.input", "batch_size*seq_length", step="batch_size seq_length -> (batch_size seq_length)")
OUT = Stage("out", "b.output", "batch_size 1")
PROTOCOL = Protocol("p", (IN, FLAT, OUT, Stage("scores", "scores.output", "num_classes")), {"num_classes": 3})
CALL = CallRecord("a", "Module")


def arrive(followed, state, stage, *shape):
    return followed.arrive(state, (stage.name, shape), [(stage, TensorRecord(stage.role, shape))], CALL)


def sizes(state):
    return {dim: bound.size for dim, bound in state.bindings.items()}


def test_sizes_are_bound_on_the_way():
    followed = Trail(PROTOCOL)
    assert sizes(followed.start) == {"num_classes": 3}
    first = arrive(followed, followed.start, IN, 4, 7)
    second = arrive(followed, first.state, FLAT, 28)
    assert sizes(second.state) == {"num_classes": 3, "batch_size": 4, "seq_length": 7}
    assert (first.violations, second.violations) == ((), ())
    assert second.pending == {FLAT}
    assert not second.is_settled
    assert first.is_settled


def test_a_way_is_remembered():
    followed = Trail(PROTOCOL)
    first = arrive(followed, followed.start, IN, 4, 7)
    assert followed.start.arrivals["in", (4, 7)] is first
    assert arrive(followed, followed.start, IN, 4, 7).state is first.state


def test_a_violation_binds_nothing_and_is_not_settled():
    followed = Trail(PROTOCOL)
    first = arrive(followed, followed.start, IN, 4, 7)
    wrong = arrive(followed, first.state, FLAT, 27)
    assert [violation.stage for violation in wrong.violations] == ["flat"]
    assert sizes(wrong.state) == sizes(first.state)
    assert not wrong.is_settled
    assert wrong.pending == set()


def test_a_stage_that_is_reached_again_begins_another_pass():
    followed = Trail(PROTOCOL)
    first = arrive(followed, followed.start, IN, 4, 7)
    flat = arrive(followed, first.state, FLAT, 28)
    again = arrive(followed, flat.state, IN, 2, 3)
    assert sizes(again.state) == {"num_classes": 3, "batch_size": 2, "seq_length": 3}
    assert again.violations == ()
    assert arrive(followed, flat.state, FLAT, 27).violations != ()


def test_running_in_circles_makes_no_new_states():
    followed = Trail(PROTOCOL)
    state, states = followed.start, set()
    for _ in range(10):
        for stage, shape in ((IN, (4, 7)), (FLAT, (28,)), (OUT, (4, 1))):
            state = arrive(followed, state, stage, *shape).state
            states.add(id(state))
    assert len(states) == 3


def test_size_that_cannot_be_solved_is_told():
    followed = Trail(PROTOCOL)
    assert arrive(followed, followed.start, FLAT, 28).unsolved == (("flat", "batch_size*seq_length"),)


def test_missing_tensor_is_a_violation():
    followed = Trail(PROTOCOL)
    arrival = followed.arrive(followed.start, "key", [(IN, None)], CALL)
    assert [violation.kind for violation in arrival.violations] == ["missing"]


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(trail, "MAX_REMEMBERED", 5)
    followed = Trail(PROTOCOL)
    for size in range(20):
        assert sizes(arrive(followed, followed.start, IN, size, 7).state)["batch_size"] == size
    assert len(followed.start.arrivals) == 5
    assert len(followed._states) == 5


def test_without_a_protocol_there_is_one_state():
    assert len(Trail(None).start.bindings) == 0
