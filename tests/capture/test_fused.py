"""Encoder layers that torch fuses: seen in training, seen as a whole outside it, and never with other numbers."""

import copy
import gc
import pickle
import threading
import weakref

import pytest
import torch
from torch import nn
from torch.nn.modules import module as torch_modules

from shapecheck import Protocol, ShapeError, Stage, watch
from shapecheck.capture.places import fusable

PARTS = ["self_attn", "dropout1", "norm1", "linear1", "dropout", "linear2", "dropout2", "norm2"]


def encoder(layers=2, **options):
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, **options)
    return nn.Sequential(nn.Linear(8, 8), nn.TransformerEncoder(layer, layers, enable_nested_tensor=False))


def modules(seen):
    return [entry.call.module for entry in seen.trace]


def whys(seen):
    return {item.what: item.why for item in seen.report.not_checked}


def global_hooks():
    return {
        name: dict(table)
        for name, table in vars(torch_modules).items()
        if name.startswith("_global_forward") and isinstance(table, dict)
    }


def test_in_training_every_part_is_seen():
    model = encoder(1)
    with watch(model) as seen:
        model(torch.randn(3, 5, 8))
    assert modules(seen) == ["", "0", "1", "1.layers.0", *(f"1.layers.0.{part}" for part in PARTS)]
    assert seen.trace.of("1.layers.0.linear1")[0].call.outputs[0].shape == (3, 5, 16)
    assert "fused" not in " ".join(whys(seen).values())


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_training_has_the_same_numbers(dropout):
    def losses(is_watched):
        torch.manual_seed(0)
        model, found = encoder(dropout=dropout), []
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        seen = watch(model) if is_watched else None
        for step in range(6):
            model.train(step % 3 != 2)
            optimizer.zero_grad()
            with torch.set_grad_enabled(model.training):
                loss = model(torch.randn(3, 5, 8)).square().mean()
            if model.training:
                loss.backward()
                optimizer.step()
            found.append(loss.detach())
        if seen:
            seen.remove()
        return [*found, *(parameter.detach() for parameter in model.parameters()), torch.get_rng_state()]

    assert all(torch.equal(bare, with_watch) for bare, with_watch in zip(losses(False), losses(True), strict=True))


def test_outside_training_the_fused_step_is_taken_and_seen_as_a_whole(monkeypatch):
    fused, steps = torch._transformer_encoder_layer_fwd, []
    monkeypatch.setattr(torch, "_transformer_encoder_layer_fwd", lambda *args: steps.append(1) or fused(*args))
    model = encoder().eval()
    with torch.no_grad(), watch(model) as seen:
        model(torch.randn(3, 5, 8))
    assert len(steps) == 2
    assert modules(seen) == ["", "0", "1", "1.layers.0", "1.layers.1"]
    assert set(whys(seen)) == {"1.layers.0", "1.layers.1", "Sequential, TransformerEncoder"}
    assert whys(seen)["1.layers.0"] == (
        "torch computed this layer in one fused step, as it does outside training, so what is inside it was not "
        "called; torch.backends.mha.set_fastpath_enabled(False) before the watch makes it visible, with slightly other "
        "numbers"
    )


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_nested_tensors_have_no_shape_and_do_no_harm():
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 1).eval()
    x, padding = torch.randn(2, 5, 8), torch.tensor([[False] * 5, [False] * 3 + [True] * 2])
    with torch.no_grad():
        bare = model(x, src_key_padding_mask=padding)
        with watch(model) as seen:
            assert torch.equal(model(x, src_key_padding_mask=padding), bare)
    assert whys(seen)["calls of TransformerEncoderLayer with nested tensors"] == "a nested tensor has no shape"


def test_the_model_can_be_such_a_layer_itself():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    with watch(layer) as seen:
        layer(torch.randn(3, 5, 8))
        layer.eval()
        with torch.no_grad():
            layer(torch.randn(3, 5, 8))
    assert modules(seen) == ["", *PARTS, ""]
    assert not any(global_hooks().values())


def test_a_layer_that_fails_is_in_the_trace():
    model = encoder(1)
    with watch(model[1]) as seen, pytest.raises(AssertionError, match="embedding dimension of 8") as caught:
        model[1](torch.randn(3, 5, 7))
    assert [(entry.call.module, entry.call.status) for entry in seen.trace] == [
        (path, "raised") for path in ("", "layers.0", "layers.0.self_attn")
    ]
    assert "stage     layers.0.self_attn.query   nn.MultiheadAttention" in caught.value.__notes__[0]
    assert not any(global_hooks().values())


@pytest.mark.parametrize(("at", "is_seen"), [("1.layers.0.src", True), ("1.layers.0.output", True)])
def test_stages_inside_are_reached(at, is_seen):
    model = encoder(1)
    protocol = Protocol("features", (Stage("at the layer", at, "batch_size seq_length 9"),))
    with watch(model, protocol=protocol), pytest.raises(ShapeError) as caught:
        model(torch.randn(3, 5, 8))
    assert at in str(caught.value)
    assert not any(global_hooks().values())


def test_nothing_is_left_behind_and_copies_have_no_hook():
    model = encoder(1)
    before = {path: set(module.__dict__) for path, module in model.named_modules()}
    with watch(model) as seen:
        twin, loaded = copy.deepcopy(model), pickle.loads(pickle.dumps(model))
        for other in (twin, loaded):
            assert not other._forward_hooks
            assert not other._forward_pre_hooks
            other(torch.randn(3, 5, 8))
        assert not any(global_hooks().values())
        assert modules(seen) == []
    assert {path: set(module.__dict__) for path, module in model.named_modules()} == before
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_a_model_that_is_thrown_away_takes_its_hooks_along():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    seen = watch(layer)
    layer(torch.randn(3, 5, 8))
    assert any(global_hooks().values())
    alive = weakref.ref(layer)
    del layer, seen
    gc.collect()
    assert alive() is None
    assert not any(global_hooks().values())


def test_hooks_stay_while_another_thread_runs_the_model():
    model = encoder(1)
    started, go_on = threading.Event(), threading.Event()

    def wait(module, args):
        if threading.current_thread() is not threading.main_thread():
            started.set()
            go_on.wait(10)

    model[0].register_forward_pre_hook(wait)
    with watch(model) as seen:
        thread = threading.Thread(target=model, args=(torch.randn(3, 5, 8),))
        thread.start()
        started.wait(10)
        model(torch.randn(2, 4, 8))
        go_on.set()
        thread.join()
    shapes = {entry.call.inputs[0].shape for entry in seen.trace.of("1.layers.0.linear1")}
    assert shapes == {(3, 5, 8), (2, 4, 8)}
    assert not any(global_hooks().values())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, when its compiler is imported
def test_beside_compiled_modules_it_is_said_that_they_are_not_seen():
    model = nn.Sequential(torch.compile(nn.Linear(8, 8), backend="eager"), *encoder(1)[1].layers)
    assert fusable(model) == []
    with watch(model) as seen:
        model(torch.randn(3, 5, 8))
    assert "does not go together with the modules of this model that torch.compile has compiled" in whys(seen)["1"]
