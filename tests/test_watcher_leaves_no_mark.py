"""A watch leaves no mark: no hook, no attribute, no reference, and a model can be copied and pickled under it."""

import copy
import gc
import io
import pickle
import weakref
from collections import OrderedDict

import pytest
import torch
from torch import nn

from shapecheck import Protocol, ShapeError, Stage, watch


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


TABLES = (
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
)


def saved(model):
    with io.BytesIO() as file:
        torch.save(model, file)
        file.seek(0)
        return torch.load(file, weights_only=False)


COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "pickle in Python": lambda model: pickle._loads(pickle._dumps(model, 2)),
    "torch.save": saved,
}


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
def test_a_copy_has_no_hook_of_ours(make):
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    x = torch.ones(1, 2)
    with watch(model) as seen:
        twin = make(model)
        for module in twin.modules():
            for table in TABLES:
                assert not getattr(module, table)
                assert type(getattr(module, table)) is OrderedDict
                assert not vars(getattr(module, table))
        assert torch.equal(twin(x), model[1](model[0](x)))
    assert seen.trace.of("") == ()


def told(module, args, output):
    """A hook of somebody else, which can be pickled."""
    module.calls = getattr(module, "calls", 0) + 1


def told_all(module, args, kwargs, output):
    module.calls = getattr(module, "calls", 0) + 10


@pytest.mark.parametrize("make", [copy.deepcopy, COPIES["pickle"]])
def test_a_copy_keeps_the_hooks_of_others(make):
    model = nn.Sequential(nn.Linear(2, 3))
    model[0].register_forward_hook(told)
    with watch(model, protocol=Protocol("p", (Stage("in", "0.input", "a b"),))):
        late = model[0].register_forward_hook(told_all, with_kwargs=True)
        twin = make(model)
        late.remove()
    assert list(twin[0]._forward_hooks.values()) == [told, told_all]
    assert list(twin[0]._forward_hooks_with_kwargs.values()) == [True]
    assert not twin[0]._forward_pre_hooks
    twin(torch.ones(1, 2))
    assert twin[0].calls == 11
    assert list(model[0]._forward_hooks.values()) == [told]


def test_a_pickle_does_not_name_shapecheck():
    model = nn.Sequential(nn.Linear(2, 3))
    with watch(model, protocol=Protocol("p", (Stage("in", "0.input", "a b"),))):
        assert b"shapecheck" not in pickle.dumps(model)
        # Somebody who copies the tables himself gets something that does nothing, of the standard library.
        own = pickle.dumps([*model[0]._forward_hooks.values(), *model[0]._forward_pre_hooks.values()])
        twins = copy.deepcopy(list(model[0]._forward_hooks.values()))
    assert b"shapecheck" not in own
    after, before = pickle.loads(own)
    layer, x = nn.Linear(2, 3), torch.ones(1, 2)
    for hook in (after, *twins):
        layer.register_forward_hook(hook, with_kwargs=True, always_call=True)
    layer.register_forward_pre_hook(before, with_kwargs=True)
    assert torch.equal(layer(x), nn.functional.linear(x, layer.weight, layer.bias))


def test_tables_are_left_as_they_were():
    model = nn.Sequential(nn.Linear(2, 3))
    outer = watch(model)
    inner = watch(model)
    tables = [getattr(model[0], table) for table in TABLES]
    outer.remove()
    assert not copy.deepcopy(model)[0]._forward_hooks  # the inner watch still hangs on it
    inner.remove()
    assert all(table is getattr(model[0], name) for table, name in zip(tables, TABLES, strict=True))
    assert not any(map(vars, tables))
    assert not any(tables)


def test_two_watches_of_one_model():
    model = Net()
    with watch(model) as outer:
        model(torch.randn(4, 7, 1))
        with watch(model) as inner:
            model(torch.randn(4, 7, 1))
        model(torch.randn(4, 7, 1))
    assert rows(outer.trace)[0] == ("", 3, "returned")
    assert rows(inner.trace)[0] == ("", 1, "returned")


def test_hooks_are_taken_off_again_where_hanging_them_fails(monkeypatch):
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))

    def fail(*args, **kwargs):
        raise RuntimeError("no hooks here")

    monkeypatch.setattr(model[1], "register_forward_hook", fail)
    with pytest.raises(RuntimeError, match="no hooks here"):
        watch(model)
    assert not model._forward_hooks
    assert not model[0]._forward_hooks
