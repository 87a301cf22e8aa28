"""A watch leaves no mark: no hook, no attribute, no reference, and a model can be copied and pickled under it."""

import copy
import gc
import pickle
import weakref

import pytest
import torch
from torch import nn

from shapecheck import Protocol, ShapeError, watch


class Net(nn.Module):
    """An LSTM and a Linear; ``reorder`` says how the output of the one becomes the input of the other."""

    def __init__(self, reorder=lambda out: out, dropout=0.0):
        super().__init__()
        self.lstm = nn.LSTM(1, 5, num_layers=2, batch_first=True, dropout=dropout)
        self.linear = nn.Linear(5, 1)
        self.reorder = reorder

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(self.reorder(out).reshape(-1, 5))


def scrambled(out):
    return out.transpose(0, 1)


def rows(trace):
    return [(entry.call.module, entry.count, entry.call.status) for entry in trace]


def state_of(model):
    return {
        path: {name: copy.copy(value) for name, value in module.__dict__.items()}
        for path, module in model.named_modules()
    }


def test_nothing_is_left_behind():
    model = Net()
    before = state_of(model)
    with watch(model, protocol=Protocol.documented()):
        model(torch.randn(4, 7, 1))
    assert state_of(model) == before


def test_nothing_is_left_behind_by_a_crash():
    model = Net(scrambled)
    before = state_of(model)
    with pytest.raises(ShapeError), watch(model, protocol=Protocol.documented()):
        model(torch.randn(4, 7, 1))
    assert state_of(model) == before


def test_model_is_free_after_the_watch():
    model = Net()
    with watch(model, protocol=Protocol.documented()) as seen:
        model(torch.randn(4, 7, 1))
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None
    assert len(seen.trace) == 3


def test_no_tensor_is_kept_while_watching():
    model = Net()
    outputs = []
    model.lstm.register_forward_hook(lambda module, args, output: outputs.append(weakref.ref(output[0])))
    with watch(model, protocol=Protocol.documented()):
        model(torch.randn(4, 7, 1))
        gc.collect()
        assert outputs[0]() is None


def test_remove_twice_and_late():
    model = Net()
    watcher = watch(model)
    watcher.remove()
    watcher.remove()
    model(torch.randn(4, 7, 1))
    assert len(watcher.trace) == 0


def test_a_copy_does_not_speak_for_the_original():
    model = Net()
    with watch(model) as seen:
        for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(nn.Sequential(nn.Linear(1, 1))))):
            twin(torch.randn(4, 7, 1))
    assert len(seen.trace) == 0


def test_a_watched_model_is_pickled_with_inert_hooks():
    model = nn.Sequential(nn.Linear(2, 3))
    with watch(model) as seen:
        twin = pickle.loads(pickle.dumps(model))
        assert torch.equal(twin(torch.ones(1, 2)), twin[0](torch.ones(1, 2)))
    assert len(seen.trace) == 0


def test_two_watches_of_one_model():
    model = Net()
    with watch(model) as outer:
        model(torch.randn(4, 7, 1))
        with watch(model) as inner:
            model(torch.randn(4, 7, 1))
        model(torch.randn(4, 7, 1))
    assert rows(outer.trace)[0] == ("", 3, "returned")
    assert rows(inner.trace)[0] == ("", 1, "returned")
