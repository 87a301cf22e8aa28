"""What moves with an item of an input, and what is made of that only where somebody asks for it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from shapecheck.capture.instruments.trials import separation
from shapecheck.capture.instruments.trials.separation import difference, probe, replaced_item, separate_axes
from shapecheck.capture.recording.recorder import Recorder
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Tape


@pytest.fixture
def step():
    """A step of a recurrent model, in which several things are made of its input, and one of them is measured."""
    torch.manual_seed(0)
    tape, layer, head = Tape(), nn.GRU(3, 4, batch_first=True), nn.Linear(4, 2)
    x, y = torch.randn(5, 7, 3), torch.randn(5, 7, 2)
    with Recorder(tape):
        out = head(layer(x * 2)[0].tanh())
        loss = ((out - y) ** 2).sum(-1).mean()
        float(out.detach().max())
    return Step(tape, 0, len(tape.nodes), tape.ref(loss), ())


def source_of(step):
    return next(ref for ref in step.tape.held if step.tape.shape(ref) == (5, 7, 3))


@pytest.fixture
def compared(monkeypatch):
    """How many tensors were held against another one."""
    found = []

    def counted(before, *rest):
        found.append(before)
        return difference(before, *rest)

    monkeypatch.setattr(separation, "difference", counted)
    return found


def test_only_masks_that_are_read_are_made(step, compared):
    moves = probe(step, source_of(step), 0)
    assert len(compared) == len(moves.items)
    term = step.terms[0].ref
    assert separate_axes(moves.masks(term)) == [0]
    assert moves.is_separate(term)
    assert len(compared) == 2 * len(moves.items)


def test_they_are_the_same_whenever_they_are_made(step, compared, monkeypatch):
    late = probe(step, source_of(step), 1)
    monkeypatch.setattr(separation, "_HELD_BYTES", 0)
    count = len(compared)
    at_once = probe(step, source_of(step), 1)
    # Of a large step no values of other runs are held, and all is made.
    assert len(compared) - count == sum(len(moved) for moved in at_once.moved)
    for one, other in zip(late.moved, at_once.moved, strict=True):
        assert [*one] == [*other]
        assert len(one) == len(other) > 5
        assert all(torch.equal(one[ref], other[ref]) for ref in one)


def test_what_depends_on_a_tensor_is_what_reads_it_or_what_was_made_of_it(step):
    def walked(sources, order):
        reached, found = {*sources}, []
        for index in order:
            if not reached.isdisjoint(step.tape.nodes[index].parents):
                found.append(index)
                reached |= {*step.tape.nodes[index].outs}
        return found

    last = len(step.tape.nodes)
    orders = [
        step.order,
        sorted(step.to_loss),
        range(last),
        range(last // 2, last),
        ancestors(step.tape, [step.loss], 0),
    ]
    refs = [ref for node in step.tape.nodes for ref in node.outs]
    for order in orders:
        for sources in [[ref] for ref in refs] + [refs[:3], refs[-3:]]:
            assert descendants(step.tape, sources, order) == walked(sources, order)
            assert descendants(step.tape, {*sources}, iter(order)) == walked(sources, order)


@pytest.mark.parametrize(
    "value",
    [torch.randn(4, 5), torch.rand(4, 5), torch.randint(9, (4, 5)), torch.rand(4, 5) > 0.5, torch.ones(4, 1).long()],
)
def test_an_item_is_replaced_and_no_other(value):
    for axis in (0, 1):
        for item in range(value.shape[axis]):
            changed = replaced_item(value, axis, item)
            moved = (changed != value).sum(1 - axis)
            assert not any(moved[at] for at in range(len(moved)) if at != item)
            assert bool(moved[item]) == (value.unique().numel() > 1)
            assert changed.dtype == value.dtype


def test_the_input_of_a_model_is_read_from_the_run_that_was_made(step, monkeypatch):
    doubled = next(node.ref for node in step.nodes if node.name == "mul")
    expected = step.value_of_input(doubled)
    run = step.run()
    monkeypatch.setattr("shapecheck.capture.recording.step.replay", None)
    assert step.value_of_input(doubled) is run[doubled]
    assert torch.equal(run[doubled], expected)
