"""Protocols, stages and steps say no to what they cannot mean, and steps mean what einops means."""

from __future__ import annotations

import copy
import pickle

import einops
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from shapecheck.dims import Bindings, Spec
from shapecheck.errors import ProtocolError, SpecError
from shapecheck.protocol import Protocol, Stage, Step

EVERY_STEP = [
    ("network input", "lstm.input", "batch_size seq_length num_features", ""),
    ("LSTM output", "lstm.output", "batch_size seq_length hidden_size", ""),
    ("Linear input", "linear.input", "batch_size*seq_length hidden_size", ""),
]
LAST_STEP = [*EVERY_STEP[:2], ("Linear input", "linear.input", "batch_size hidden_size", "")]


def rows(protocol: Protocol) -> list[tuple[str, str, str, str]]:
    return [(stage.name, stage.at, stage.spec, stage.dtype) for stage in protocol.stages]


# Steps


@pytest.mark.parametrize(
    ("text", "printed", "pattern", "picks"),
    [
        ("b t h -> (b t) h", "b t h -> b*t h", "b t h -> (b t) h", ()),
        ("b*t h->b t h", "b*t h -> b t h", "(b t) h -> b t h", ()),
        ("b t h -> t b h", "b t h -> t b h", "b t h -> t b h", ()),
        ("b h -> b 1 h", "b h -> b 1 h", "b h -> b 1 h", ()),
        ("... t h -> ... h t", "... t h -> ... h t", "... t h -> ... h t", ()),
        ("b t[-1] h -> b h", "b t[-1] h -> b h", "b h -> b h", ((1, -1),)),
        ("d[0] b t[12] h -> (b h)", "d[0] b t[12] h -> b*h", "b h -> (b h)", ((0, 0), (2, 12))),
    ],
)
def test_a_step_is_read_and_printed(text: str, printed: str, pattern: str, picks: tuple[tuple[int, int], ...]) -> None:
    step = Step.parse(text)
    assert (str(step), step.einops, step.picks) == (printed, pattern, picks)
    assert Step.parse(str(step)) == step


def test_the_two_sides_of_a_step_are_specs() -> None:
    step = Step.parse("b t h -> (b t) h")
    assert (step.before, step.after) == (Spec.parse("b t h"), Spec.parse("b*t h"))


@st.composite
def rearrangements(draw: st.DrawFn) -> str:
    """A step whose two sides hold the same dims in any order and grouping."""

    def side(dims: list[str]) -> str:
        words, left = [], list(draw(st.permutations(dims)))
        while left:
            size = draw(st.integers(1, len(left)))
            words.append(f"({' '.join(left[:size])})" if size > 1 else left[0])
            left = left[size:]
        return " ".join(words)

    dims = ["b", "t", "h", "d"][: draw(st.integers(1, 4))]
    return f"{side(dims)} -> {side(dims)}"


@given(rearrangements())
def test_a_step_moves_values_as_its_own_text_does_in_einops(text: str) -> None:
    step = Step.parse(text)
    sizes = Bindings.of({"b": 2, "t": 3, "h": 5, "d": 7})
    before, after = step.before.shape(sizes), step.after.shape(sizes)
    assert before is not None
    array = np.arange(np.prod(before)).reshape(before)
    used = {dim: sizes[dim].size for dim in step.before.dims}
    moved = einops.rearrange(array, step.einops, **used)
    assert moved.shape == after
    assert np.array_equal(moved, einops.rearrange(array, text, **used))


@pytest.mark.parametrize(
    ("text", "problem", "position"),
    [
        ("b t h", "a step needs '->' between what is before and what is after", 5),
        ("b t-h -> b h", "'-' has no place in a spec", 3),
        ("b t[-1] h-x -> b h", "'-' has no place in a spec", 9),
        ("b t -> b t*", "a factor is missing here", 11),
        ("b t -> b -> t", "'-' has no place in a spec", 9),
        ("b t -> b t[0]", "'[' has no place in a spec", 10),
        ("b t h -> b t", "both sides of a step need the same dims; h is on one side only", 6),
        ("b -> b h t", "both sides of a step need the same dims; h, t is on one side only", 2),
        ("b t[0] -> b t", "both sides of a step need the same dims; t is on one side only", 7),
        ("b b h -> b h", "b is twice on this side", 2),
        ("b h -> b (h b)", "b is twice on this side", 12),
        ("b 7 -> b", "a step needs a name for every axis, or 1: 7 is neither", 2),
        ("b _ -> b", "a step needs a name for every axis, or 1: _ is neither", 2),
        ("... b -> b", "both sides of a step need '...', or neither", 6),
        ("(b t[0]) h -> b h", "an item can only be taken along an axis that stands alone, in a step without '...'", 3),
        ("... t[0] -> ...", "an item can only be taken along an axis that stands alone, in a step without '...'", 4),
    ],
)
def test_a_step_that_means_nothing_is_shown_with_a_caret(text: str, problem: str, position: int) -> None:
    with pytest.raises(SpecError) as caught:
        Step.parse(text)
    assert str(caught.value) == f"{problem}\n  {text}\n  {' ' * position}^"


# Stages


@pytest.mark.parametrize(
    ("at", "module", "role"),
    [
        ("lstm.output", "lstm", "output"),
        ("encoder.lstm.h_n", "encoder.lstm", "h_n"),
        ("input", "", "input"),
        ("loss.target", "loss", "target"),
    ],
)
def test_a_stage_is_at_a_role_of_a_module(at: str, module: str, role: str) -> None:
    stage = Stage("any", at, "batch_size")
    assert (stage.module, stage.role) == (module, role)


def test_a_stage_refuses_specs_and_steps_that_do_not_parse() -> None:
    with pytest.raises(SpecError, match=r"^'-' has no place in a spec\n  a-b\n   \^$"):
        Stage("x", "input", "a-b")
    with pytest.raises(SpecError, match=r"^a step needs '->'"):
        Stage("x", "input", "a", step="a b")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": None}, "expected the name of a stage to be a str, got NoneType"),
        ({"at": None}, "expected the at of stage 'x' to be a str, got NoneType"),
        ({"spec": None}, "expected the spec of stage 'x' to be a str, got NoneType"),
        ({"spec": ("a", "b")}, "expected the spec of stage 'x' to be a str, got tuple"),
        ({"step": None}, "expected the step of stage 'x' to be a str, got NoneType"),
        ({"dtype": int}, "expected the dtype of stage 'x' to be a str, got type"),
    ],
)
def test_a_stage_is_made_of_text(settings: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError) as caught:
        Stage(**{"name": "x", "at": "input", "spec": "a", **settings})  # type: ignore[arg-type]
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dtype": "int46"}, "stage 'x' has the dtype 'int46', which is none of torch's; did you mean 'int64'?"),
        (
            {"dtype": "torch.int64"},
            "stage 'x' has the dtype 'torch.int64', which is none of torch's; did you mean 'int64'?",
        ),
        ({"dtype": "long"}, "stage 'x' has the dtype 'long', which is none of torch's; did you mean 'int64'?"),
        ({"dtype": "Float32"}, "stage 'x' has the dtype 'Float32', which is none of torch's; did you mean 'float32'?"),
        ({"dtype": "zzz"}, "stage 'x' has the dtype 'zzz', which is none of torch's"),
        ({"name": ""}, "the stage at 'input' needs a name, by which messages call it"),
        ({"after": "a"}, "stage 'x' starts after 'a', but has no step from there"),
        (
            {"at": "lstm."},
            "stage 'x' is at 'lstm.', which names no tensor: a place is the path of a module and a tensor, "
            "'lstm.output', or 'input' or 'output' alone for the model itself",
        ),
    ],
)
def test_a_stage_that_means_nothing_is_refused(settings: dict[str, str], message: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        Stage(**{"name": "x", "at": "input", "spec": "a", **settings})
    assert str(caught.value) == message


def test_every_dtype_of_torch_is_one() -> None:
    names = [str(value).removeprefix("torch.") for value in vars(torch).values() if isinstance(value, torch.dtype)]
    assert len(names) > 20
    for name in names:
        assert Stage("x", "input", "a", dtype=name).dtype == name


@pytest.mark.parametrize(("text", "caret"), [("->", "^"), ("-> ", "^"), (" ->", " ^"), ("  ->  ", "  ^")])
def test_an_empty_step_is_refused(text: str, caret: str) -> None:
    with pytest.raises(SpecError) as caught:
        Step.parse(text)
    assert str(caught.value) == f"a step needs dims before '->' and behind it\n  {text}\n  {caret}"
    with pytest.raises(SpecError):
        Stage("x", "input", "a", step=text)


def test_a_step_can_take_all_there_is() -> None:
    assert Step.parse("b[0] ->").picks == ((0, 0),)
    with pytest.raises(TypeError, match=r"^expected a step to be a str, got NoneType$"):
        Step.parse(None)  # type: ignore[arg-type]


def test_a_stage_reads_its_spec_and_step() -> None:
    stage = Stage("x", "input", "(a b) h", step="a b h -> (a b) h")
    assert stage.parsed_spec == Spec.parse("a*b h")
    assert stage.parsed_step == Step.parse("a b h -> (a b) h")
    assert Stage("x", "input", "a").parsed_step is None


# Protocols


def test_the_documented_flow_of_a_regression() -> None:
    protocol = Protocol.documented(loss="mse")
    assert rows(protocol) == [
        *EVERY_STEP,
        ("Linear output", "linear.output", "batch_size*seq_length out_size", ""),
        ("loss input", "loss.input", "batch_size*seq_length out_size", ""),
        ("loss target", "loss.target", "batch_size*seq_length out_size", ""),
    ]
    assert protocol.dims == ("batch_size", "seq_length", "num_features", "hidden_size", "out_size")


def test_the_documented_flow_of_a_classification_has_class_indices() -> None:
    assert rows(Protocol.documented(loss="cross_entropy"))[3:] == [
        ("Linear output", "linear.output", "batch_size*seq_length num_classes", ""),
        ("loss input", "loss.input", "batch_size*seq_length num_classes", ""),
        ("loss target", "loss.target", "batch_size*seq_length", "int64"),
    ]


def test_the_last_step_gives_one_value_a_sequence() -> None:
    protocol = Protocol.documented(loss="mse", head="last step")
    assert rows(protocol)[:3] == LAST_STEP
    assert rows(protocol)[-1] == ("loss target", "loss.target", "batch_size out_size", "")
    assert protocol.stages[2].step == "batch_size seq_length[-1] hidden_size -> batch_size hidden_size"


def test_the_documented_flow_takes_the_paths_of_your_model() -> None:
    protocol = Protocol.documented(lstm="net.rnn", linear="net.head", name="mine", sizes={"num_features": 1})
    assert [stage.at for stage in protocol.stages] == [
        "net.rnn.input",
        "net.rnn.output",
        "net.head.input",
        "net.head.output",
    ]
    assert (protocol.name, protocol.sizes) == ("mine", {"num_features": 1})
    assert Protocol.documented().name == "documented flow, every step"


@pytest.mark.parametrize("head", ["every step", "last step"])
def test_every_documented_step_starts_at_the_stage_before(head: str) -> None:
    protocol = Protocol.documented(head=head)
    assert protocol.origin(protocol.stages[2]) is protocol.stages[1]
    assert protocol.origin(protocol.stages[1]) is None


def test_a_step_can_start_at_a_named_stage() -> None:
    first, second = Stage("a", "input", "x y"), Stage("b", "f.output", "x")
    third = Stage("c", "g.input", "y x", step="x y -> y x", after="a")
    protocol = Protocol("mine", (first, second, third))
    assert protocol.origin(third) is first


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"head": "first step"}, "expected a head among 'every step', 'last step', got 'first step'"),
        ({"loss": "nll"}, "expected a loss among '', 'mse', 'cross_entropy', got 'nll'"),
        ({"sizes": {"batch_size": -1}}, "expected a size of 0 or more for batch_size, got -1"),
        ({"sizes": {"batch_size": True}}, "expected a size of 0 or more for batch_size, got True"),
        ({"sizes": {"batch_size": "4"}}, "expected a size of 0 or more for batch_size, got '4'"),
        (
            {"sizes": {"bach_size": 4}},
            "a size is given for 'bach_size', which no stage of 'documented flow, every step' names; did you mean "
            "'batch_size'?",
        ),
        (
            {"sizes": {"qqq": 4}},
            "a size is given for 'qqq', which no stage of 'documented flow, every step' names; its dims are "
            "batch_size, seq_length, num_features, hidden_size, out_size",
        ),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        Protocol.documented(**settings)  # type: ignore[arg-type]
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        (
            [Stage("a", "input", "x"), Stage("a", "output", "x")],
            "two stages of 'mine' are called 'a'",
        ),
        (
            [Stage("a", "input", "x", step="x -> x")],
            "stage 'a' takes its step from the stage before, which does not come before it",
        ),
        (
            [Stage("first", "input", "x"), Stage("b", "output", "x", step="x -> x", after="frist")],
            "stage 'b' takes its step from 'frist', which does not come before it; did you mean 'first'?",
        ),
        (
            [Stage("a", "input", "x"), Stage("b", "output", "x", step="x -> x", after="c"), Stage("c", "output", "x")],
            "stage 'b' takes its step from 'c', which does not come before it",
        ),
    ],
)
def test_stages_that_do_not_go_together_are_refused(stages: list[Stage], message: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        Protocol("mine", tuple(stages))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("stages", "sizes", "message"),
    [
        (Stage("a", "input", "x"), {}, "expected the stages to be a tuple of Stage, got Stage"),
        (None, {}, "expected the stages to be a tuple of Stage, got NoneType"),
        (("a",), {}, "expected every stage to be a Stage, got str"),
        ((), [("a", 3)], "expected the sizes to be a dict of dims and sizes, got list"),
        ((), None, "expected the sizes to be a dict of dims and sizes, got NoneType"),
    ],
)
def test_what_is_no_protocol(stages: object, sizes: object, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        Protocol("mine", stages, sizes)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_names_and_paths_are_text() -> None:
    with pytest.raises(TypeError, match=r"^expected the name of a protocol to be a str, got NoneType$"):
        Protocol(None, ())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^expected lstm to be the path of a module, got NoneType$"):
        Protocol.documented(lstm=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^expected linear to be the path of a module, got LSTM$"):
        Protocol.documented(linear=torch.nn.LSTM(1, 2))  # type: ignore[arg-type]
    with pytest.raises(ProtocolError, match=r"^expected a head among 'every step', 'last step', got \['x'\]$"):
        Protocol.documented(head=["x"])  # type: ignore[arg-type]


def test_a_size_can_belong_to_a_dim_that_only_a_step_takes_apart() -> None:
    stages = (Stage("a", "input", "x n"), Stage("b", "output", "x h k", step="x (h k) -> x h k"))
    assert Protocol("mine", (stages[0], Stage("c", "output", "x n", step="x (h k) -> x (k h)")), {"k": 2}).sizes
    assert Protocol("mine", stages, {"h": 2}).sizes


def test_a_protocol_is_a_value() -> None:
    sizes = {"x": 1}
    stages = [Stage("a", "input", "x")]
    protocol = Protocol("mine", stages, sizes)  # type: ignore[arg-type]
    sizes["x"] = 2
    stages.clear()
    assert protocol == Protocol("mine", (Stage("a", "input", "x"),), {"x": 1})
    assert hash(protocol) == hash(copy.deepcopy(protocol))
    assert pickle.loads(pickle.dumps(protocol)) == protocol
