"""The checked layers take the place of torch's anywhere, and say what is wrong before torch does."""

import copy
import inspect
import io
import pickle
import re

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

from shapecheck import CheckedLinear, CheckedLSTM, ShapeError, watch
from shapecheck.watching import call_checks
from shapecheck.watching.call_checks import MAX_DISTINCT

LSTMS = [
    ((1, 5), {}),
    ((2, 5, 2, True, True), {}),
    ((3, 4), {"num_layers": 2, "bidirectional": True, "proj_size": 2}),
    ((3, 4), {"dtype": torch.float64, "device": "cpu", "bias": False}),
]


def same(one, other):
    return all(torch.equal(left, right) for left, right in zip(one, other, strict=True))


def flat(result):
    return (result[0], *result[1])


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@pytest.mark.parametrize(("args", "kwargs"), LSTMS)
def test_lstm_is_a_drop_in(args, kwargs):
    plain, checked = nn.LSTM(*args, **kwargs), CheckedLSTM(*args, **kwargs)
    assert isinstance(checked, nn.LSTM)
    assert list(checked.state_dict()) == list(plain.state_dict())
    checked.load_state_dict(plain.state_dict())
    plain.load_state_dict(checked.state_dict())
    x = torch.randn(4, 7, args[0], dtype=kwargs.get("dtype", torch.float32))
    assert same(flat(plain(x)), flat(checked(x)))
    assert same(flat(plain(x, plain(x)[1])), flat(checked(x, checked(x)[1]))) or not plain.batch_first


@pytest.mark.parametrize(("args", "kwargs"), [((3, 2), {}), ((3, 2, False), {}), ((3, 2), {"dtype": torch.float64})])
def test_linear_is_a_drop_in(args, kwargs):
    plain, checked = nn.Linear(*args, **kwargs), CheckedLinear(*args, **kwargs)
    assert isinstance(checked, nn.Linear)
    checked.load_state_dict(plain.state_dict())
    plain.load_state_dict(checked.state_dict())
    for shape in ((3,), (4, 3), (2, 4, 3), (0, 3)):
        x = torch.randn(shape, dtype=kwargs.get("dtype", torch.float32))
        assert torch.equal(plain(x), checked(x))


def test_keyword_arguments_of_forward():
    layer = CheckedLSTM(1, 5)
    output, state = layer(input=torch.zeros(7, 4, 1))
    layer(torch.zeros(7, 4, 1), hx=state)
    assert CheckedLinear(5, 1)(input=output).shape == (7, 4, 1)


def test_no_sentence_of_a_refusal_runs_past_a_hundred_columns():
    layer = CheckedLSTM(3, 8, batch_first=True)
    with pytest.raises(ShapeError) as caught:
        layer(torch.zeros(2, 4, 3), (torch.zeros(2, 1, 8), torch.zeros(2, 1, 8)))
    assert "bound     D=1 by bidirectional=False" in str(caught.value)
    assert max(map(len, str(caught.value).splitlines())) <= 100


@pytest.mark.parametrize(("checked", "plain"), [(CheckedLSTM, nn.LSTM), (CheckedLinear, nn.Linear)])
def test_forward_has_the_same_parameters(checked, plain):
    assert list(inspect.signature(checked.forward).parameters) == list(inspect.signature(plain.forward).parameters)


def test_stage_is_keyword_only():
    with pytest.raises(TypeError):
        CheckedLinear(3, 2, True, None, None, "head")
    assert CheckedLinear(3, 2, stage="head").stage == "head"


def test_shape_error_is_raised_instead_of_torchs_two_numbers():
    layer = CheckedLinear(100, 1, stage="head")
    with pytest.raises(ShapeError) as caught:
        layer(torch.zeros(28, 10))
    assert str(caught.value).splitlines() == [
        "SC301: the layer in front gives another width than the Linear was made for",
        "",
        "  stage     head.input   CheckedLinear(in_features=100, out_features=1)",
        "  expected  (..., H_in=100)",
        "  got       (28, 10)",
        "                 ^^",
        "  bound     H_in=100 by in_features=100 of the Linear",
        "  because   the CheckedLinear 'head' takes 100 numbers a row, but each row has 10",
        "  more      shapecheck explain SC301",
    ]
    assert isinstance(caught.value, RuntimeError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "arguments",
    [
        (torch.zeros(4, 7, 2),),
        (torch.zeros(4),),
        (torch.zeros(4, 7, 1, dtype=torch.float64),),
        (torch.zeros(4, 7, 1), (torch.zeros(4, 2, 5), torch.zeros(4, 2, 5))),
        (torch.zeros(4, 7, 1), torch.zeros(2, 4, 5)),
        ([1.0],),
        (None,),
    ],
)
def test_what_an_lstm_refuses(arguments):
    layer = CheckedLSTM(1, 5, 2, batch_first=True, stage="encoder")
    for _ in range(2):
        with pytest.raises(ShapeError, match="encoder"):
            layer(*arguments)
    assert [(entry.count, entry.call.status) for entry in layer.trace] == [(2, "raised")]


def test_call_that_torch_takes_and_reads_out_of_bounds_is_refused():
    layer = CheckedLSTM(10, 8)
    with pytest.raises(ShapeError, match="torch itself accepts this"):
        layer(pack_sequence([torch.zeros(3, 11), torch.zeros(3, 11)]))


def test_torch_is_not_called_for_what_is_refused(monkeypatch):
    monkeypatch.setattr(nn.Linear, "forward", lambda *args: pytest.fail("torch was called"))
    with pytest.raises(ShapeError):
        CheckedLinear(3, 2)(torch.zeros(4, 4))


def test_every_call_is_recorded_with_its_dims():
    layer = CheckedLSTM(1, 5, 2, batch_first=True, stage="encoder")
    for batch_size in (4, 4, 3, 4):
        layer(torch.zeros(batch_size, 7, 1))
    trace = layer.trace
    assert [(entry.call.module, entry.call.inputs[0].shape, entry.count) for entry in trace] == [
        ("encoder", (4, 7, 1), 3),
        ("encoder", (3, 7, 1), 1),
    ]
    assert [(record.role, record.dims) for record in trace.entries[0].call.outputs] == [
        ("output", ("batch_size", "seq_length", "hidden_size")),
        ("h_n", ("num_layers", "batch_size", "hidden_size")),
        ("c_n", ("num_layers", "batch_size", "hidden_size")),
    ]


def test_packed_sequences_are_checked_and_bounded():
    layer = CheckedLSTM(1, 2)
    for longest in range(2, MAX_DISTINCT + 20):
        layer(pack_sequence([torch.zeros(longest, 1), torch.zeros(1, 1)]))
    assert len(layer.trace) == MAX_DISTINCT
    assert layer.trace.dropped == 18
    with pytest.raises(ShapeError):
        layer(pack_sequence([torch.zeros(500, 3)]))


def test_torchs_own_failure_is_recorded_and_passed_on(monkeypatch):
    def fail(*args):
        raise MemoryError("no more")

    layer = CheckedLinear(3, 2)
    monkeypatch.setattr(nn.functional, "linear", fail)
    with pytest.raises(MemoryError, match="no more"):
        layer(torch.zeros(4, 3))
    assert [entry.call.status for entry in layer.trace] == ["raised"]


def test_what_was_good_is_asked_again_when_the_layer_changes():
    layer = CheckedLinear(3, 2)
    layer(torch.zeros(4, 3))
    layer.double()
    with pytest.raises(ShapeError):
        layer(torch.zeros(4, 3))
    layer.float().weight = nn.Parameter(torch.zeros(2, 5))
    layer(torch.zeros(4, 5))
    with pytest.raises(ShapeError):
        layer(torch.zeros(4, 3))


def test_autocast():
    layer = CheckedLinear(3, 2)
    layer(torch.zeros(4, 3))
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(torch.zeros(4, 3)).dtype == torch.bfloat16
        assert layer(torch.zeros(4, 3, dtype=torch.bfloat16)).dtype == torch.bfloat16
    with pytest.raises(ShapeError):
        layer(torch.zeros(4, 3, dtype=torch.bfloat16))


# Copies


@pytest.mark.parametrize("layer", [CheckedLSTM(3, 2, stage="one"), CheckedLinear(3, 2, stage="one")])
def test_copies_have_the_weights_and_the_name_but_not_the_trace(layer):
    x = torch.randn(5, 4, 3)
    expected = layer(x)
    file = io.BytesIO()
    torch.save(layer, file)
    file.seek(0)
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer)), torch.load(file, weights_only=False)):
        assert len(twin.trace) == 0
        assert twin.stage == "one"
        assert torch.equal(twin(x)[0], expected[0])
        twin.to(torch.float64)(x.double())
    assert len(layer.trace) == 1
    assert layer.trace.entries[0].count == 1


@pytest.mark.parametrize(
    ("checked", "plain"), [(CheckedLSTM, nn.LSTM(3, 2, 2, batch_first=True)), (CheckedLinear, nn.Linear(3, 2))]
)
def test_of_shares_the_parameters(checked, plain):
    layer = checked.of(plain.eval(), stage="taken")
    assert type(layer) is checked
    assert not layer.training
    assert [id(parameter) for parameter in layer.parameters()] == [id(parameter) for parameter in plain.parameters()]
    assert layer.extra_repr() == plain.extra_repr()
    x = torch.randn(5, 4, 3)
    assert torch.equal(layer(x)[0], plain(x)[0])
    assert checked.of(layer, stage="again").stage == "again"
    with torch.no_grad():
        next(plain.parameters()).zero_()
    assert torch.equal(layer(x)[0], plain(x)[0])


def test_of_leaves_the_hooks_of_a_watch_behind():
    plain = nn.Linear(3, 2)
    with watch(plain) as seen:
        layer = CheckedLinear.of(plain)
        layer(torch.zeros(4, 3))
    assert not layer._forward_hooks
    assert not layer._forward_pre_hooks
    assert len(seen.trace) == 0


def test_of_refuses_what_it_does_not_know():
    class Mine(nn.Linear):
        pass

    with pytest.raises(
        TypeError, match=r"expected an nn\.Linear, got Mine; its class may do more than the wrapper knows"
    ):
        CheckedLinear.of(Mine(3, 2))
    with pytest.raises(TypeError, match=r"expected an nn\.LSTM, got GRU$"):
        CheckedLSTM.of(nn.GRU(3, 2))
    with pytest.raises(TypeError, match="may do more"):
        CheckedLinear.of(nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)))


# Together with the rest


def test_watch_of_checked_layers_has_the_roles_of_the_contract():
    model = nn.Sequential(CheckedLSTM(1, 5))
    with watch(model) as seen:
        model(torch.zeros(7, 4, 1))
    assert [record.role for record in seen.trace.of("0")[0].call.outputs] == ["output", "h_n", "c_n"]


def test_shape_error_of_a_layer_gets_no_second_diagnosis():
    model = nn.Sequential(CheckedLinear(3, 2))
    with watch(model) as seen, pytest.raises(ShapeError) as caught:
        model(torch.zeros(4, 4))
    assert not hasattr(caught.value, "__notes__")
    assert [entry.call.status for entry in seen.trace] == ["refused", "refused"]


@pytest.mark.filterwarnings("ignore:.torch.jit")
def test_jit_trace():
    layer = CheckedLinear(3, 2)
    traced = torch.jit.trace(layer, torch.zeros(4, 3))
    assert torch.equal(traced(torch.ones(4, 3)), layer(torch.ones(4, 3)))


def test_vmap():
    layer = CheckedLinear(3, 2)
    x = torch.randn(5, 4, 3)
    assert torch.allclose(torch.vmap(layer)(x), layer(x))


@pytest.mark.filterwarnings("always")
def test_a_bug_of_ours_stops_nothing(monkeypatch, recwarn):
    monkeypatch.setattr(call_checks, "check_call", None)
    layer = CheckedLinear(3, 2)
    for _ in range(3):
        assert layer(torch.zeros(4, 3)).shape == (4, 2)
    (warning,) = recwarn
    assert str(warning.message).startswith("shapecheck failed and stepped aside: TypeError(")
    assert str(warning.message).endswith("; the layer is not affected")


def test_a_bug_of_ours_is_let_through_where_that_is_asked_for(monkeypatch):
    monkeypatch.setenv("SHAPECHECK_DEBUG", "1")
    monkeypatch.setattr(call_checks, "check_call", None)
    with pytest.raises(TypeError, match="not callable"):
        CheckedLinear(3, 2)(torch.zeros(4, 3))


def test_a_checked_layer_works_on_the_meta_device():
    assert CheckedLinear(5, 2, device="meta")(torch.randn(2, 5, device="meta")).shape == (2, 2)
    assert CheckedLSTM(5, 2, device="meta")(torch.randn(2, 3, 5, device="meta"))[0].shape == (2, 3, 2)


def test_fx_makes_one_node_of_a_checked_layer_as_of_torchs():
    class Net(nn.Module):
        def __init__(self, lstm, linear):
            super().__init__()
            self.lstm, self.linear = lstm, linear

        def forward(self, x):
            return self.linear(self.lstm(x)[0])

    checked = Net(CheckedLSTM(3, 4, batch_first=True), CheckedLinear(4, 2))
    plain = Net(nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 2))
    traced = torch.fx.symbolic_trace(checked)
    assert str(traced.graph) == str(torch.fx.symbolic_trace(plain).graph)
    x = torch.randn(5, 7, 3)
    assert torch.equal(traced(x), checked(x))
    with pytest.raises(ShapeError):
        traced(torch.randn(5, 7, 2))
    alone = torch.fx.symbolic_trace(checked.linear)
    assert torch.equal(alone(x[..., :1].expand(5, 7, 4)), checked.linear(x[..., :1].expand(5, 7, 4)))


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
@pytest.mark.parametrize("kind", [CheckedLinear, CheckedLSTM])
def test_torch_jit_scripts_torchs_layer_in_its_place_and_that_is_told(kind):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = kind(3, 4)

        def forward(self, x):
            return self.layer(x)[0]

    model, x = Net(), torch.randn(2, 5, 3)
    told = f"torch.jit.script takes nn.{kind.__name__.removeprefix('Checked')} for {kind.__name__}, and leaves it in "
    with pytest.warns(UserWarning, match=re.escape(told)):
        scripted = torch.jit.script(copy.deepcopy(model))
    torch.testing.assert_close(scripted(x), model(x), rtol=0, atol=0)
    assert list(scripted.state_dict()) == list(model.state_dict())
    assert len(model.layer.trace) == 1
