"""A stage and its layer that do not take the same axis for the batch: nothing in the sizes shows it."""

import warnings

import pytest
import torch
from torch import nn

from shapecheck import Protocol, ShapeError, Stage, watch

BATCH_FIRST = ("batch_size seq_length num_features", "batch_size seq_length hidden_size")
TIME_FIRST = ("seq_length batch_size num_features", "seq_length batch_size hidden_size")


class Net(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.lstm = layer

    def forward(self, x):
        return self.lstm(x)[0]


def protocol(specs):
    return Protocol("p", (Stage("in", "lstm.input", specs[0]), Stage("out", "lstm.output", specs[1])))


def diagnoses(layer, specs, x=None):
    with watch(Net(layer), protocol=protocol(specs), on_violation="record") as seen:
        for _ in range(3):
            seen._model(torch.zeros(4, 7, 3) if x is None else x)
    # That a 2-D input is one sequence is a note, and no word on its layout.
    return tuple(found for found in seen.report.diagnoses if found.severity != "note")


LAYERS = [nn.LSTM, nn.GRU, nn.RNN]


@pytest.mark.parametrize("kind", LAYERS)
def test_batch_first_is_missing(kind):
    (found,) = diagnoses(kind(3, 5), BATCH_FIRST)
    assert (found.slug, found.severity, found.certainty) == ("batch_first_missing", "error", "proved")
    assert found.explanation == (
        "the stage says that axis 0 is the batch and axis 1 is time; with batch_first=False "
        f"the {kind.__name__} takes axis 0 for time and axis 1 for the batch"
    )
    assert [fix.title for fix in found.fixes] == [f"nn.{kind.__name__}(3, 5, batch_first=True)"]


@pytest.mark.parametrize("kind", LAYERS)
def test_batch_first_is_said_where_time_is_first(kind):
    (found,) = diagnoses(kind(3, 5, 2, batch_first=True), TIME_FIRST)
    assert found.slug == "batch_first_missing"
    assert found.explanation == (
        "the stage says that axis 1 is the batch and axis 0 is time; with batch_first=True "
        f"the {kind.__name__} takes axis 1 for time and axis 0 for the batch"
    )
    assert [fix.title for fix in found.fixes] == [f"nn.{kind.__name__}(3, 5, num_layers=2)"]


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("shape", [(4, 7, 3), (4, 4, 3), (1, 7, 3), (4, 1, 3), (7, 3)])
def test_both_consistent_styles_are_right(kind, shape):
    x = torch.zeros(shape)
    specs = [" ".join(spec.split()[-len(shape) :]) for spec in BATCH_FIRST]
    assert diagnoses(kind(3, 5, batch_first=True), specs, x) == ()
    specs = [spec.replace("seq_length batch_size", "seq_length batch_size"[: 21 if len(shape) == 3 else 10])
             for spec in TIME_FIRST]  # fmt: skip
    assert diagnoses(kind(3, 5), specs, x) == ()


@pytest.mark.parametrize(
    "spec",
    [
        "batch days num_features",  # names of one's own
        "batch_size days num_features",  # half of them: the steps of one layer may be the samples of another
        "days seq_length num_features",
        "_ seq_length _",
        "batch_size ...",
        "batch_size*seq_length 7 num_features",
        "4 7 3",
    ],
)
def test_names_of_somebody_else_are_never_judged(spec):
    stages = (Stage("in", "lstm.input", spec),)
    with watch(Net(nn.LSTM(3, 5)), protocol=Protocol("p", stages)) as seen:
        seen._model(torch.zeros(4, 7, 3) if "*" not in spec else torch.zeros(28, 7, 3))
    assert seen.violations == ()


def test_a_layer_without_batch_first_is_not_judged():
    stage = Stage("in", "0.input", "seq_length batch_size num_features")
    model = nn.Sequential(nn.Linear(3, 5))
    with watch(model, protocol=Protocol("p", (stage,))) as seen:
        model(torch.zeros(4, 7, 3))
    assert seen.violations == ()


def test_without_a_protocol_nothing_is_said():
    model = Net(nn.LSTM(3, 5))
    with watch(model) as seen:
        model(torch.zeros(4, 7, 3))
    assert seen.violations == ()


def test_a_packed_sequence_is_not_judged():
    packed = nn.utils.rnn.pack_sequence([torch.zeros(7, 3), torch.zeros(5, 3)])
    model = nn.Sequential(nn.LSTM(3, 5))
    stage = Stage("in", "0.input", "batch_size seq_length num_features")
    with watch(model, protocol=Protocol("p", (stage,))) as seen:
        model(packed)
    assert seen.violations == ()


@pytest.mark.parametrize("kind", [nn.TransformerEncoderLayer])
def test_other_layers_with_batch_first(kind):
    stage = Stage("in", "lstm.input", "batch_size seq_length embedding_dim")
    layer = kind(4, 2, 8)
    model = nn.Sequential()
    model.lstm = layer
    with watch(model, protocol=Protocol("p", (stage,)), on_violation="record") as seen:
        model(torch.zeros(5, 7, 4))
    assert [found.slug for found in seen.report.diagnoses] == ["batch_first_missing"]
    assert seen.report.diagnoses[0].fixes[0].title == "batch_first=True for the TransformerEncoderLayer"


def test_it_is_told_as_it_was_asked_for():
    model = Net(nn.LSTM(3, 5))
    with watch(model, protocol=protocol(BATCH_FIRST)), pytest.raises(ShapeError) as caught:
        model(torch.zeros(4, 7, 3))
    assert (
        str(caught.value)
        == """\
SC111: batch_first is missing, or set where the batch is not first

  stage     in, at lstm.input   nn.LSTM(3, 5), batch_first=False
  expected  (batch_size=4, seq_length=7, num_features=3)
  got       (4, 7, 3)   read as (seq_length, batch_size, num_features)
             ^  ^
  because   the stage says that axis 0 is the batch and axis 1 is time; with batch_first=False the
            LSTM takes axis 0 for time and axis 1 for the batch
            torch itself accepts this without an error
  fix       nn.LSTM(3, 5, batch_first=True)        not tried
  more      shapecheck explain SC111"""
    )
    with (
        watch(model, protocol=protocol(BATCH_FIRST), on_violation="warn"),
        warnings.catch_warnings(record=True) as told,
    ):
        warnings.simplefilter("always")
        for _ in range(3):
            model(torch.zeros(4, 7, 3))
    assert len(told) == 1


def test_the_documented_protocol_notices():
    model = nn.Module()
    model.lstm, model.linear = nn.LSTM(3, 5), nn.Linear(5, 1)
    model.forward = lambda x: model.linear(model.lstm(x)[0].reshape(-1, 5))
    with watch(model, protocol=Protocol.documented()), pytest.raises(ShapeError, match="SC111: batch_first"):
        model(torch.zeros(4, 7, 3))
