"""The door `watch`: what it shows, what it tells, and that it leaves no mark."""

import copy
import gc
import pickle
import weakref

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from shapecheck import Protocol, ProtocolError, ShapeError, Stage, watch
from shapecheck.errors import ShapeWarning


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


def whys(watcher):
    return {item.what: item.why for item in watcher.report.not_checked}


# What it shows


def test_trace_is_in_the_order_in_which_modules_begin():
    model = Net()
    with watch(model) as seen:
        for _ in range(3):
            model(torch.randn(4, 7, 1))
    assert rows(seen.trace) == [("", 3, "returned"), ("lstm", 3, "returned"), ("linear", 3, "returned")]
    assert seen.trace.model == "Net"
    assert dict(seen.trace.parameters) == {"": 406, "lstm": 400, "linear": 6}


def test_order_of_nested_modules():
    inner = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU(), nn.Linear(2, 2)))
    model = nn.Sequential(nn.Linear(2, 2), inner, nn.Tanh())
    with watch(model) as seen:
        model(torch.randn(3, 2))
    assert [entry.call.module for entry in seen.trace] == ["", "0", "1", "1.0", "1.1", "1.1.0", "1.1.1", "2"]


def test_every_tensor_of_an_lstm_has_its_name_and_its_dims():
    model = Net()
    with watch(model) as seen:
        model(torch.randn(4, 7, 1))
    (entry,) = seen.trace.of("lstm")
    found = {record.role: (record.shape, record.dims) for record in (*entry.call.inputs, *entry.call.outputs)}
    assert found == {
        "input": ((4, 7, 1), ("batch_size", "seq_length", "num_features")),
        "output": ((4, 7, 5), ("batch_size", "seq_length", "hidden_size")),
        "h_n": ((2, 4, 5), ("num_layers", "batch_size", "hidden_size")),
        "c_n": ((2, 4, 5), ("num_layers", "batch_size", "hidden_size")),
    }
    assert entry.call.outputs[1].rows == ("layer 0 forward", "layer 1 forward")


def test_new_shapes_are_new_entries_and_old_ones_are_counted():
    model = Net()
    with watch(model) as seen:
        for batch_size in (4, 3, 4, 3, 3):
            model(torch.randn(batch_size, 7, 1))
    assert [(entry.call.inputs[0].shape[0], entry.count) for entry in seen.trace.of("lstm")] == [(4, 2), (3, 3)]


def test_training_mode_and_dtype_are_part_of_the_signature():
    model = Net()
    with watch(model) as seen:
        model(torch.randn(4, 7, 1))
        model.eval()
        model(torch.randn(4, 7, 1))
        model.double()
        model(torch.randn(4, 7, 1).double())
    assert [(entry.call.training, entry.call.inputs[0].dtype) for entry in seen.trace.of("linear")] == [
        (True, "float32"),
        (False, "float32"),
        (False, "float64"),
    ]


def test_inputs_have_the_names_of_forwards_parameters():
    class Two(nn.Module):
        def forward(self, left, *more, scale=None, **rest):
            return {"sum": left + more[0], "parts": [left]}

    model = Two()
    with watch(model) as seen:
        model(torch.zeros(2), torch.zeros(2), scale=torch.zeros(1), other=torch.zeros(3))
    (entry,) = seen.trace
    assert [record.role for record in entry.call.inputs] == ["left", "more[0]", "scale", "other"]
    assert [record.role for record in entry.call.outputs] == ["output['sum']", "output['parts'][0]"]


def test_trace_is_a_value_that_does_not_change():
    model = Net()
    with watch(model) as seen:
        model(torch.randn(4, 7, 1))
        before = seen.trace
        model(torch.randn(3, 7, 1))
    assert len(before) == 3
    assert len(seen.trace) == 6
    assert type(before).from_json(before.to_json()) == before


def test_trace_size_does_not_grow_with_training():
    model = Net()
    with watch(model) as seen:
        sizes = set()
        for _ in range(20):
            model(torch.randn(4, 7, 1))
            sizes.add(len(seen.trace))
    assert sizes == {3}


def test_shared_module_is_one_module():
    layer = nn.Linear(2, 2)
    model = nn.Sequential(layer, nn.ReLU(), layer)
    with watch(model) as seen:
        model(torch.randn(3, 2))
    assert rows(seen.trace) == [("", 1, "returned"), ("0", 2, "returned"), ("1", 1, "returned")]
    assert dict(seen.trace.parameters) == {"": 6, "0": 6, "1": 0, "2": 6}


def test_submodule_called_without_the_model():
    model = Net()
    with watch(model) as seen:
        model.linear(torch.randn(3, 5))
    assert rows(seen.trace) == [("linear", 1, "returned")]


def test_sizes_are_those_of_the_last_forward():
    model = Net()
    with watch(model, protocol=Protocol.documented()) as seen:
        model(torch.randn(4, 7, 1))
        model(torch.randn(3, 2, 1))
        assert dict(seen.trace.sizes)["batch_size"] == 3
        model(torch.randn(4, 7, 1))
    assert dict(seen.trace.sizes) == {
        "batch_size": 4, "seq_length": 7, "num_features": 1, "hidden_size": 5, "out_size": 1, "num_layers": 2,
    }  # fmt: skip
    assert seen.trace.protocol == "documented flow, every step"


def test_sizes_without_a_protocol_follow_the_last_forward_too():
    model = Net()
    with watch(model) as seen:
        model(torch.randn(4, 7, 1))
        model(torch.randn(3, 2, 1))
        model(torch.randn(4, 7, 1))
    sizes = dict(seen.trace.sizes)
    assert (sizes["batch_size"], sizes["seq_length"]) == (4, 7)


def test_repr():
    model = Net()
    watcher = watch(model)
    model(torch.randn(4, 7, 1))
    assert repr(watcher) == "<watch of Net, on, 3 distinct calls, 0 violations>"
    watcher.remove()
    assert repr(watcher) == "<watch of Net, over, 3 distinct calls, 0 violations>"


# What it tells


def test_scrambled_content_is_raised_before_the_module_runs():
    model = Net(scrambled)
    with watch(model, protocol=Protocol.documented()) as seen, pytest.raises(ShapeError) as caught:
        model(torch.randn(4, 7, 1))
    assert str(caught.value).startswith("SC302: a reshape made the sizes fit and mixed up what belongs together\n")
    assert caught.value.diagnoses[0].violation.kind == "content"
    assert rows(seen.trace) == [("", 1, "raised"), ("lstm", 1, "returned"), ("linear", 1, "raised")]


def test_a_violation_is_raised_each_time():
    model = Net(scrambled)
    with watch(model, protocol=Protocol.documented()) as seen:
        for _ in range(4):
            with pytest.raises(ShapeError):
                model(torch.randn(4, 7, 1))
    assert len(seen.violations) == 1


def test_right_content_is_checked():
    model = Net()
    with watch(model, protocol=Protocol.documented()) as seen:
        model(torch.randn(4, 7, 1))
    assert seen.violations == ()
    assert (
        "the content of stage 'Linear input': batch_size seq_length hidden_size -> (batch_size seq_length) hidden_size"
        in (seen.report.checked)
    )
    assert seen.report.ok


def test_content_is_checked_after_the_batch_size_changes_too():
    model = Net()
    with watch(model, protocol=Protocol.documented()) as seen:
        model(torch.randn(4, 7, 1))
        model.reorder = scrambled
        model(torch.randn(4, 7, 1))  # the shapes are known already: one comparison, and no look at the content
        with pytest.raises(ShapeError):
            model(torch.randn(3, 7, 1))
    assert len(seen.violations) == 1


def test_values_changed_on_the_way_are_not_an_accusation():
    model = Net(torch.relu)
    with watch(model, protocol=Protocol.documented()) as seen:
        model(torch.randn(4, 7, 1))
    assert seen.violations == ()
    assert "order cannot be told" in whys(seen)["the content of stage 'Linear input'"]


def test_wrong_item_is_wrong_content():
    class First(Net):
        def forward(self, x):
            out, _ = self.lstm(x)
            return self.linear(out[:, 0])

    model = First()
    with watch(model, protocol=Protocol.documented(head="last step")), pytest.raises(ShapeError) as caught:
        model(torch.randn(4, 7, 1))
    assert caught.value.diagnoses[0].violation.stage == "Linear input"


def test_state_of_the_wrong_layer_is_wrong_content():
    class FirstLayer(Net):
        def forward(self, x):
            _, (h_n, _) = self.lstm(x)
            return self.linear(h_n[0])

    model = FirstLayer()
    step = "num_layers[-1] batch_size hidden_size -> batch_size hidden_size"
    protocol = Protocol(
        "last state",
        (
            Stage("state", "lstm.h_n", "num_layers batch_size hidden_size"),
            Stage("Linear input", "linear.input", "batch_size hidden_size", step=step),
        ),
    )
    with watch(model, protocol=protocol), pytest.raises(ShapeError):
        model(torch.randn(4, 7, 1))


@pytest.mark.filterwarnings("always")
def test_warn_warns_once_of_each_violation(recwarn):
    model = Net(scrambled)
    with watch(model, protocol=Protocol.documented(), on_violation="warn") as seen:
        for _ in range(3):
            model(torch.randn(4, 7, 1))
    assert [warning.category for warning in recwarn] == [ShapeWarning]
    assert "SC302" in str(recwarn[0].message)
    assert len(seen.violations) == 1


def test_record_only_records():
    model = Net(scrambled)
    with watch(model, protocol=Protocol.documented(), on_violation="record") as seen:
        model(torch.randn(4, 7, 1))
    assert not seen.report.ok
    assert [found.slug for found in seen.report.diagnoses] == ["scrambled_by_reshape"]


def test_sizes_across_stages_are_checked_though_each_call_was_seen_before():
    class Loses(Net):
        keep = None

        def forward(self, x):
            out, _ = self.lstm(x)
            return self.linear(out[: self.keep].reshape(-1, 5))

    model = Loses()
    with watch(model, protocol=Protocol.documented()):
        model(torch.randn(4, 7, 1))
        model(torch.randn(2, 7, 1))
        model.keep = 2
        with pytest.raises(ShapeError):
            model(torch.randn(4, 7, 1))


def test_a_stage_is_told_apart_in_each_forward():
    model = Net()
    with watch(model, protocol=Protocol.documented()) as seen:
        for shape in ((4, 7, 1), (3, 7, 1), (4, 2, 1), (1, 1, 1), (0, 3, 1)):
            model(torch.randn(*shape))
    assert seen.violations == ()


def test_layers_run_over_two_sequences_of_different_lengths_are_no_violation():
    class Siamese(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = Net()

        def forward(self, left, right):
            return self.net(left).sum() + self.net(right).sum()

    model = Siamese()
    with watch(model, protocol=Protocol.documented(lstm="net.lstm", linear="net.linear")) as seen:
        for _ in range(3):
            model(torch.randn(4, 7, 1), torch.randn(4, 3, 1))
    assert seen.violations == ()


def test_loss_module_is_watched():
    model, loss = Net(), nn.MSELoss()
    with watch(model, loss, Protocol.documented(loss="mse")) as seen:
        prediction = model(torch.randn(4, 7, 1))
        loss(prediction, torch.randn(28, 1))
        with pytest.raises(ShapeError) as caught:
            loss(prediction, torch.randn(28))
    assert caught.value.diagnoses[0].violation.stage == "loss target"
    assert rows(seen.trace)[3] == ("loss", 1, "returned")


def test_loss_inputs_by_hand():
    model = Net()
    with watch(model, protocol=Protocol.documented(loss="mse")) as seen:
        prediction = model(torch.randn(4, 7, 1))
        for _ in range(2):
            seen.loss_inputs(prediction, torch.randn(28, 1))
        with pytest.raises(ShapeError):
            seen.loss_inputs(prediction, torch.randn(4, 7, 1))
    (entry,) = seen.trace.of("loss")
    assert entry.count == 2
    assert [(record.role, record.dims) for record in entry.call.inputs] == [
        ("input", ("batch_size*seq_length", "out_size")),
        ("target", ("batch_size*seq_length", "out_size")),
    ]


def test_observe_any_stage_by_hand():
    protocol = Protocol("embedding", (Stage("tokens", "input", "batch_size seq_length", dtype="int64"),))
    model = nn.Identity()
    with watch(model, protocol=protocol) as seen:
        seen.observe("tokens", torch.zeros(4, 7, dtype=torch.int64))
        with pytest.raises(ShapeError):
            seen.observe("tokens", torch.zeros(4, 7))
        with pytest.raises(ProtocolError, match="the protocol has no stage 'token'; did you mean 'tokens'\\?"):
            seen.observe("token", torch.zeros(4, 7))


def test_stage_that_was_never_reached_is_not_checked():
    model = Net()
    with watch(model, protocol=Protocol.documented(loss="mse")) as seen:
        model(torch.randn(4, 7, 1))
    assert whys(seen)["stage 'loss target'"] == "nothing was seen at loss.target"


def test_role_that_is_not_there_is_a_violation_that_says_what_is():
    protocol = Protocol("wrong", (Stage("state", "lstm.h_m", "_ _ _"),))
    model = Net()
    with watch(model, protocol=protocol), pytest.raises(ShapeError) as caught:
        model(torch.randn(4, 7, 1))
    assert "no tensor called 'h_m'; there are input, output, h_n, c_n" in str(caught.value)


def test_input_and_output_alone_are_the_models_own():
    protocol = Protocol("whole", (Stage("in", "input", "batch_size 7 1"), Stage("out", "output", "batch_size*7 1")))
    model = Net()
    with watch(model, protocol=protocol) as seen:
        model(torch.randn(4, 7, 1))
        with pytest.raises(ShapeError):
            model(torch.randn(4, 6, 1))
    assert seen.violations[0].stage == "in"


# What is refused, before anything is changed


def test_protocol_that_names_a_module_that_is_not_there():
    model = Net()
    with pytest.raises(ProtocolError, match="did you mean 'lstm', an LSTM\\?"):
        watch(model, protocol=Protocol.documented(lstm="lstn"))
    assert not model._forward_hooks


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model": 3}, TypeError, "expected the model to be an nn.Module, got int"),
        ({"loss": F.mse_loss}, TypeError, "got function; for a function, call loss_inputs of the watch"),
        ({"on_violation": "shout"}, ValueError, "to be one of 'raise', 'warn', 'record', got 'shout'"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        watch(**{"model": Net(), **arguments})


# It leaves no mark


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
