"""The names of axes: who is believed, and that equal sizes never make a wrong name."""

import itertools
from collections.abc import Mapping

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from shapecheck.contract import Contract, Form, Outcome
from shapecheck.dims import Bindings
from shapecheck.label import Unlabelled, label, label_forward
from shapecheck.protocol import Protocol, Stage
from shapecheck.records import CallRecord, TensorRecord
from shapecheck.watcher import watch

LINEAR = Contract(
    name="Linear",
    types=("torch.nn.modules.linear.Linear",),
    reads=("in_features", "out_features"),
    arguments=("input",),
    returns=("output",),
    letters={"H_in": "in_features", "H_out": "out_features"},
    bind=lambda config: Bindings(),
    forms=(Form("any", lambda call: True, {"input": "... H_in"}, {"output": "... H_out"}),),
    teaching={"H_out": "out_size"},
)
OUTCOME = Outcome(True, "any", bindings=Bindings.of({"H_in": 16, "H_out": 5}))
KNOWN = Bindings.of({"batch_size": 4, "seq_length": 7, "hidden_size": 16})
HIDDEN = TensorRecord("output", (4, 7, 16), dims=("batch_size", "seq_length", "hidden_size"))


def dims(call: CallRecord) -> Mapping[str, tuple[str, ...]]:
    return {record.role: record.dims for record in (*call.inputs, *call.outputs)}


def linear(*leading: int) -> CallRecord:
    inputs = (TensorRecord("input", (*leading, 16)),)
    return CallRecord("linear", "Linear", inputs=inputs, outputs=(TensorRecord("output", (*leading, 5)),))


def test_the_tensor_before_names_what_came_in_and_the_contract_what_is_new():
    labelled = label(linear(28), KNOWN, contract=LINEAR, outcome=OUTCOME, seen=(HIDDEN,))
    assert dims(labelled.call) == {
        "input": ("batch_size*seq_length", "hidden_size"),
        "output": ("batch_size*seq_length", "out_size"),
    }
    assert labelled.bindings.size("out_size") == 5


def test_equal_sizes_alone_name_nothing():
    labelled = label(linear(28), KNOWN, contract=LINEAR, outcome=OUTCOME)
    assert dims(labelled.call) == {"input": (), "output": ("_", "out_size")}
    relu = CallRecord("relu", "ReLU", inputs=(TensorRecord("input", (4, 16)),))
    assert dims(label(relu, KNOWN).call)["input"] == ()


def test_the_protocol_knows_best():
    stages = {"output": ("rows", "num_classes")}
    labelled = label(linear(28), KNOWN, contract=LINEAR, outcome=OUTCOME, stages=stages)
    assert dims(labelled.call)["output"] == ("rows", "num_classes")


def test_a_tensor_of_the_same_shape_hands_its_dims_on():
    seen = (TensorRecord("output", (4, 4), dims=("batch_size", "seq_length")),)
    call = CallRecord(
        "relu", "ReLU", inputs=(TensorRecord("input", (4, 4)),), outputs=(TensorRecord("output", (4, 4)),)
    )
    assert dims(label(call, Bindings(), seen=seen).call)["output"] == ("batch_size", "seq_length")


def test_the_same_word_with_another_size_is_told_apart():
    labelled = label(linear(28), KNOWN.bind("out_size", 3), contract=LINEAR, outcome=OUTCOME)
    assert dims(labelled.call)["output"] == ("_", "linear_out_size")


def test_no_call_has_no_names():
    assert label_forward((), KNOWN) == ((), KNOWN)


def test_labelling_twice_changes_nothing():
    step = Unlabelled(linear(28), contract=LINEAR, outcome=OUTCOME)
    calls, names = label_forward((step,), KNOWN)
    assert label_forward((Unlabelled(calls[0], contract=LINEAR, outcome=OUTCOME),), KNOWN) == (calls, names)


class Flow(nn.Module):
    """Runs its layers by a function given from outside."""

    def __init__(self, forward, **layers):
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)
        self._run = forward

    def forward(self, x):
        return self._run(self, x)


def named(model, x, spec=""):
    """``place -> dims`` of every tensor of one forward in which torch takes no short way."""
    protocol = Protocol("", (Stage("given", "x" if isinstance(model, Flow) else "input", spec),)) if spec else None
    model.eval()
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with watch(model, protocol=protocol, on_violation="record") as seen:
            model(x)
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
    return {
        f"{entry.call.module}.{record.role}".lstrip("."): " ".join(record.dims)
        for entry in seen.trace
        for record in (*entry.call.inputs, *entry.call.outputs)
    }


def words(batch=4, steps=7, embedding=12, hidden=16, out=3):
    model = Flow(
        lambda m, x: m.fc(m.lstm(m.emb(x))[0][:, -1]),
        emb=nn.Embedding(9, embedding),
        lstm=nn.LSTM(embedding, hidden, batch_first=True),
        fc=nn.Linear(hidden, out),
    )
    return named(model, torch.zeros(batch, steps, dtype=torch.int64), "batch_size seq_length")


def test_embedding_lstm_linear():
    assert words() == {
        "x": "batch_size seq_length",
        "emb.input": "batch_size seq_length",
        "emb.output": "batch_size seq_length embedding_dim",
        "lstm.input": "batch_size seq_length embedding_dim",
        "lstm.output": "batch_size seq_length hidden_size",
        "lstm.h_n": "num_layers batch_size hidden_size",
        "lstm.c_n": "num_layers batch_size hidden_size",
        "fc.input": "batch_size hidden_size",
        "fc.output": "batch_size out_size",
        "output": "batch_size out_size",
    }


sizes = st.sampled_from([2, 3, 5, 7, 11, 13])


@settings(max_examples=10, deadline=None)
@given(st.lists(sizes, min_size=5, max_size=5, unique=True))
def test_names_do_not_depend_on_the_sizes(drawn):
    assert words(*drawn) == words()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 3), min_size=5, max_size=5))
def test_coincidences_make_no_wrong_name(drawn):
    """Fewer names than without coincidences, or the same, never another."""
    for place, expected in words().items():
        pairs = zip(words(*drawn)[place].split(), expected.split(), strict=False)
        assert all(found in ("_", right) for found, right in pairs), place


def test_convolution_before_an_lstm():
    model = Flow(
        lambda m, x: m.fc(m.lstm(m.conv(x.transpose(1, 2)).transpose(1, 2))[0]),
        conv=nn.Conv1d(5, 8, 3, padding=1),
        lstm=nn.LSTM(8, 16, batch_first=True),
        fc=nn.Linear(16, 3),
    )
    found = named(model, torch.zeros(4, 7, 5), "batch_size seq_length num_features")
    assert found["conv.input"] == "batch_size num_features seq_length"
    assert found["conv.output"] == "batch_size out_channels seq_length"
    assert found["lstm.input"] == "batch_size seq_length out_channels"
    assert found["output"] == "batch_size seq_length out_size"


def test_transformer():
    model = Flow(
        lambda m, x: m.fc(m.enc(m.emb(x)).mean(1)),
        emb=nn.Embedding(9, 12),
        enc=nn.TransformerEncoderLayer(12, 2, 24, batch_first=True),
        fc=nn.Linear(12, 3),
    )
    found = named(model, torch.zeros(4, 7, dtype=torch.int64), "batch_size seq_length")
    stream = "batch_size seq_length embedding_dim"
    assert (found["enc.src"], found["enc.self_attn.query"], found["enc.norm1.output"]) == (stream,) * 3
    assert found["enc.linear1.output"] == "batch_size seq_length enc_linear1_out_size"
    assert (found["fc.output"], found["output"]) == ("batch_size out_size",) * 2


def test_images():
    model = nn.Sequential(
        *(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 5 * 4, 32), nn.Linear(32, 10))
    )
    found = named(model, torch.zeros(4, 1, 12, 10), "batch_size in_channels height width")
    assert found["0.input"] == "batch_size in_channels height width"
    assert found["0.output"] == found["2.output"] == "batch_size out_channels height width"
    assert found["3.output"] == found["4.input"] == "batch_size out_channels*height*width"
    assert found["4.output"] == found["5.input"] == "batch_size 4_out_size"
    assert found["5.output"] == found["output"] == "batch_size out_size"


def test_batch_norm_keeps_what_came_in():
    model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 16), nn.Linear(16, 2))
    found = named(model, torch.zeros(4, 6), "batch_size num_features")
    assert found["1.input"] == found["1.output"] == found["2.output"] == "batch_size 0_out_size"
    # A layer that keeps the width keeps the name; the last one has that of the prediction.
    assert found["3.output"] == "batch_size 0_out_size"
    assert found["4.output"] == "batch_size out_size"


def test_without_a_name_for_the_input_the_layers_name_it():
    model = nn.Sequential(nn.Dropout(), nn.LSTM(5, 16, batch_first=True))
    assert named(model, torch.zeros(4, 7, 5))["0.input"] == "batch_size seq_length num_features"
    assert named(nn.Linear(3, 2), torch.zeros(2, 3)) == {"input": "", "output": "_ out_size"}


def test_names_that_the_caller_gave_go_through():
    model = Flow(lambda m, x: m.lstm(x)[0], lstm=nn.LSTM(5, 16, batch_first=True))
    assert named(model, torch.zeros(4, 7, 5), "B T F")["lstm.output"] == "B T hidden_size"


def test_equal_sizes_do_not_swap_names():
    model = Flow(
        lambda m, x: m.fc(m.lstm(x)[0].reshape(-1, 4)).view(4, 4, 1),
        lstm=nn.LSTM(4, 4, 4, batch_first=True),
        fc=nn.Linear(4, 1),
    )
    found = named(model, torch.zeros(4, 4, 4), "batch_size seq_length num_features")
    assert found["lstm.input"] == "batch_size seq_length num_features"
    assert found["lstm.output"] == "batch_size seq_length hidden_size"
    assert found["lstm.h_n"] == "num_layers batch_size hidden_size"
    assert found["fc.input"] == "batch_size*seq_length hidden_size"
    assert found["output"] == "batch_size seq_length out_size"


def test_a_forgotten_batch_first_is_seen_in_the_names():
    model = Flow(lambda m, x: m.fc(m.lstm(x)[1][0][-1]), lstm=nn.LSTM(1, 16, 2), fc=nn.Linear(16, 1))
    found = named(model, torch.zeros(4, 7, 1), "batch_size seq_length num_features")
    assert found["lstm.h_n"] == "num_layers seq_length hidden_size"
    assert found["output"] == "seq_length out_size"


@pytest.mark.parametrize("again", [1, 2])
def test_both_directions_and_a_second_layer(again):
    model = Flow(
        lambda m, x: m.second(m.first(x)[0])[0],
        first=nn.LSTM(5, 16, batch_first=True, bidirectional=True),
        second=nn.LSTM(32, 16 * again, batch_first=True),
    )
    found = named(model, torch.zeros(4, 7, 5), "batch_size seq_length num_features")
    assert found["second.input"] == "batch_size seq_length num_directions*hidden_size"
    assert found["second.output"] == "batch_size seq_length second_hidden_size"


def test_what_a_known_block_returns_has_one_name_inside_it_and_outside():
    block = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True)
    model = nn.Sequential(nn.Embedding(20, 8), block, nn.Linear(8, 3))
    with watch(model) as seen:
        model(torch.randint(20, (4, 7)))
    named = {entry.call.module: entry.call.outputs[0].dims for entry in seen.trace}
    assert named["1.linear1"][-1] == "1_linear1_out_size"
    assert {named[f"1.{part}"] for part in ("linear2", "dropout2", "norm2")} == {named["1"]}
    assert named["1"] == ("batch_size", "seq_length", "embedding_dim")
    assert "1_linear2_out_size" not in dict(seen.trace.sizes)


def test_two_layers_of_a_block_of_ones_own_keep_their_names():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.up, self.down = nn.Linear(8, 12), nn.Linear(12, 8)

        def forward(self, x):
            return x + self.down(self.up(x))

    model = nn.Sequential(nn.Embedding(20, 8), Block(), nn.Linear(8, 3))
    with watch(model) as seen:
        model(torch.randint(20, (4, 7)))
    named = {entry.call.module: entry.call.outputs[0].dims[-1] for entry in seen.trace}
    assert named["1.down"] == "1_down_out_size"


def block_of(width, inner):
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.parts = nn.LayerNorm(width), nn.Sequential(nn.Linear(width, inner), nn.Linear(inner, width))

        def forward(self, x):
            return x + self.parts(self.norm(x))

    return Block()


def names_in(model, *inputs):
    with watch(model) as seen:
        model(*inputs)
    return {entry.call.module: entry.call.outputs[0].dims for entry in seen.trace}, dict(seen.trace.sizes)


def test_blocks_that_hand_on_to_each_other_have_one_name_for_what_goes_through():
    model = nn.Sequential(nn.Embedding(20, 8), nn.Sequential(*(block_of(8, 12) for _ in range(4))), nn.Linear(8, 3))
    named, sizes = names_in(model, torch.randint(20, (4, 7)))
    through = {named[f"1.{at}{part}"][-1] for at in range(4) for part in ("", ".norm", ".parts", ".parts.1")}
    assert through == {"embedding_dim"}
    assert {named[f"1.{at}.parts.0"][-1] for at in range(4)} == {"1_0_parts_0_out_size"}
    assert set(sizes) == {"embedding_dim", "out_size", "1_0_parts_0_out_size"}


def test_blocks_side_by_side_share_no_name():
    class Towers(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(20, 8)
            self.towers = nn.ModuleList(block_of(8, 12) for _ in range(2))
            self.head = nn.Linear(16, 3)

        def forward(self, x):
            x = self.embed(x)
            first = self.towers[0](x)
            return self.head(torch.cat([first, self.towers[1](x.flip(1))], dim=-1))

    named, _ = names_in(Towers(), torch.randint(20, (4, 7)))
    for at in range(2):
        assert named[f"towers.{at}.parts.1"][-1] == f"towers_{at}_parts_1_out_size"


def test_blocks_that_change_the_width_keep_names_of_their_own():
    widths = (8, 12, 5)
    model = nn.Sequential(
        nn.Embedding(20, 8),
        *(nn.Sequential(nn.Linear(a, b), nn.ReLU()) for a, b in itertools.pairwise(widths)),
    )
    named, _ = names_in(model, torch.randint(20, (4, 7)))
    assert len({named[path][-1] for path in ("0", "1", "2")}) == 3
