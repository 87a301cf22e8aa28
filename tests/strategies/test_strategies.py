"""What the strategies draw is what torch takes, or refuses for the one reason that they name."""

import subprocess
import sys

import pytest
import torch
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from torch import nn

from shapecheck import Bindings, CallRecord, Protocol, ProtocolError, ShapecheckError, Spec, Stage, TensorRecord, Trace
from shapecheck.strategies import (
    batches,
    cross_entropy_inputs,
    invalid_batches,
    invalid_cross_entropy_inputs,
    invalid_linear_inputs,
    invalid_loss_inputs,
    invalid_lstm_inputs,
    invalid_rnn_inputs,
    linear_inputs,
    loss_inputs,
    lstm_inputs,
    rnn_inputs,
    sizes,
    specs,
)

QUICK = settings(max_examples=5, database=None, phases=(Phase.generate,))
REFUSALS = (RuntimeError, ValueError, IndexError, AttributeError, TypeError)
LOSSES = [
    nn.L1Loss(),
    nn.MSELoss(),
    nn.SmoothL1Loss(),
    nn.HuberLoss(),
    nn.CrossEntropyLoss(),
    nn.NLLLoss(),
    nn.BCELoss(),
    nn.BCEWithLogitsLoss(),
    nn.PoissonNLLLoss(),
    nn.GaussianNLLLoss(),
    nn.KLDivLoss(reduction="batchmean"),
    nn.CTCLoss(),
    nn.MarginRankingLoss(),
    nn.HingeEmbeddingLoss(),
    nn.CosineEmbeddingLoss(),
    nn.SoftMarginLoss(),
    nn.MultiMarginLoss(),
    nn.MultiLabelMarginLoss(),
    nn.MultiLabelSoftMarginLoss(),
    nn.TripletMarginLoss(),
    nn.TripletMarginWithDistanceLoss(),
]
PROTOCOL = Protocol.documented(loss="cross_entropy", sizes={"num_classes": 5})


@given(sizes(4))
def test_sizes_are_pairwise_different_and_at_least_two(drawn):
    assert len(set(drawn)) == 4
    assert min(drawn) >= 2


@pytest.mark.parametrize(
    ("coincidence", "holds"),
    [("one", lambda s: 1 in s), ("empty", lambda s: 0 in s), ("equal", lambda s: s[0] == s[1])],
)
def test_coincidences_come_on_request(coincidence, holds):
    assert find(sizes(2, coincidences=(coincidence,)), holds)


def test_sizes_shrink_to_the_smallest_readable_example():
    assert find(sizes(3), lambda drawn: True) == (2, 3, 4)


def test_sizes_say_what_they_cannot_do():
    with pytest.raises(ValueError, match="there are no 3 different sizes from 2 to 3"):
        sizes(3, max_size=3)
    with pytest.raises(ValueError, match="expected coincidences among 'one', 'equal', 'empty', got 'two'"):
        sizes(3, coincidences=("two",))


@given(specs())
def test_specs_survive_their_text(spec):
    assert Spec.parse(str(spec)) == spec


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@given(rnn_inputs())
def test_torch_takes_valid_recurrent_inputs(example):
    example.call()


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@given(rnn_inputs(coincidences=("one", "equal", "empty")))
def test_torch_takes_them_with_coincidences_too(example):
    example.call()


@given(linear_inputs(coincidences=("one", "equal", "empty")))
def test_torch_takes_valid_linear_inputs(example):
    output = example.call()
    assert output.shape == (*example.arguments[0].shape[:-1], example.layer.out_features)


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@given(st.one_of(invalid_rnn_inputs(), invalid_lstm_inputs(), invalid_linear_inputs()))
def test_torch_refuses_invalid_layer_inputs(example):
    with pytest.raises(REFUSALS):
        example.call()
    assert f"wrong: {example.violation}" in repr(example)


@given(cross_entropy_inputs(extra_axes=None))
def test_cross_entropy_takes_scores_and_labels(example):
    assert example.call().shape == ()


@given(cross_entropy_inputs(probabilities=True))
def test_cross_entropy_takes_probabilities(example):
    scores, target = example.arguments
    assert target.shape == scores.shape
    assert example.call().isfinite()


@given(invalid_cross_entropy_inputs())
def test_cross_entropy_refuses_each_violation(example):
    with pytest.raises(REFUSALS):
        example.call()


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_every_loss_takes_what_is_drawn_for_it(loss, data):
    assert data.draw(loss_inputs(loss)).call().isfinite()


def test_an_unknown_loss_is_told():
    with pytest.raises(ShapecheckError, match="no strategy knows what Identity takes"):
        loss_inputs(nn.Identity())


@pytest.mark.parametrize("strategy", [loss_inputs, invalid_loss_inputs])
@pytest.mark.parametrize(
    ("given", "got"),
    [
        (nn.CrossEntropyLoss, "the class CrossEntropyLoss; make one of it, CrossEntropyLoss(...)"),
        ("mse", "str"),
        (None, "NoneType"),
    ],
)
@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
def test_what_is_no_loss_is_told(strategy, given, got):
    with pytest.raises(TypeError) as error:
        strategy(given).example()
    assert str(error.value) == f"{strategy.__name__}: expected the loss to be a loss of torch.nn, got {got}"


@pytest.mark.parametrize("strategy", [batches, invalid_batches])
@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
def test_what_is_no_protocol_is_told(strategy):
    with pytest.raises(TypeError) as error:
        strategy("batch_size seq_length").example()
    told = "expected the protocol to be a Protocol, got str; Protocol.documented() makes the usual one"
    assert str(error.value) == f"{strategy.__name__}: {told}"


@given(batches(PROTOCOL))
def test_batches_follow_the_protocol(batch):
    drawn = batch.sizes
    assert batch.input.shape == (drawn["batch_size"], drawn["seq_length"], drawn["num_features"])
    assert batch.target.shape == (drawn["batch_size"] * drawn["seq_length"],)
    assert batch.target.dtype == torch.int64
    assert 0 <= batch.target.min() <= batch.target.max() < 5


@given(st.data())
def test_an_invalid_batch_differs_in_what_it_names(data):
    batch = data.draw(invalid_batches(PROTOCOL))
    drawn = batch.sizes
    rows = drawn["batch_size"] * drawn["seq_length"]
    is_input_right = batch.input.shape == (drawn["batch_size"], drawn["seq_length"], drawn["num_features"])
    is_target_right = batch.target.shape == (rows,) and batch.target.dtype == torch.int64
    assert is_input_right != is_target_right
    assert is_input_right == ("target" in batch.violation)


def test_labels_need_a_number_of_classes():
    protocol = Protocol.documented(loss="cross_entropy")
    with pytest.raises(ProtocolError, match="stage 'loss target' holds indices: say how many there are in the sizes"):
        find(batches(protocol), lambda batch: True)


def test_an_open_axis_is_told():
    with pytest.raises(ProtocolError, match="stage 'in' leaves an axis open: '_ n' does not say its size"):
        find(batches(Protocol("mine", (Stage("in", "input", "_ n"),))), lambda batch: True)


def test_the_same_example_has_the_same_values():
    seen = []

    @settings(max_examples=5, derandomize=True, database=None)
    @given(lstm_inputs())
    def draw(example):
        seen.append((example.arguments[0], next(example.layer.parameters()).detach()))

    draw()
    first, seen = seen, []
    torch.manual_seed(1)
    draw()
    assert all(
        torch.equal(a, b) for left, right in zip(first, seen, strict=True) for a, b in zip(left, right, strict=True)
    )


def test_drawing_leaves_torchs_rng_as_it_was():
    before = torch.get_rng_state()
    find(lstm_inputs(), lambda example: True, settings=QUICK)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("noun", [Bindings, CallRecord, Spec, TensorRecord, Trace])
def test_from_type_knows_the_nouns(noun):
    assert isinstance(find(st.from_type(noun), lambda value: True, settings=QUICK), noun)


@given(st.from_type(Trace))
def test_a_trace_survives_its_json(trace):
    assert Trace.from_json(trace.to_json()) == trace


def test_hypothesis_does_not_import_torch_for_us():
    code = "import sys, hypothesis; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
