"""check_model finds what is wrong, names it, and gives the smallest case."""

import pytest
import torch
from torch import nn

from shapecheck import Protocol, ProtocolError, Stage, check_model
from shapecheck.errors import ShapecheckError

PROTOCOL = Protocol.documented(loss="cross_entropy", sizes={"num_features": 3, "num_classes": 5})
STEPS = Protocol(
    "scores for every step",
    (Stage("input", "input", "batch_size seq_length 3"), Stage("output", "output", "batch_size seq_length 5")),
)


class Flow(nn.Module):
    """The documented flow; subclasses break one thing."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(self.rows(out))

    def rows(self, out):
        return out.reshape(-1, 8)


class KeepsItsState(Flow):
    state = None

    def forward(self, x):
        out, self.state = self.lstm(x, self.state)
        return self.linear(self.rows(out))


class LosesABatchOfOne(Flow):
    def rows(self, out):
        return out.squeeze()


class Scrambles(Flow):
    def rows(self, out):
        return out.transpose(0, 1).reshape(-1, 8)


class MixesSamples(Flow):
    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out - out.mean(dim=0))


class MixesTraining(Flow):
    """Batch statistics in training are meant; evaluation keeps samples apart."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(8)

    def rows(self, out):
        return self.norm(out.reshape(-1, 8))


def slugs(report):
    return [found.slug for found in report.diagnoses]


def test_a_right_model_is_checked_and_nothing_is_found():
    report = check_model(Flow, PROTOCOL, nn.CrossEntropyLoss())
    assert report.ok
    assert len(report.checked) == 4
    assert report.not_checked == ()


def test_what_was_not_checked_is_told():
    report = check_model(nn.Identity, Protocol("rows", (Stage("in", "input", "batch_size 3"),)))
    assert report.ok
    assert [item.why for item in report.not_checked] == [
        "no stage of the protocol says where batch_size is in the model's output",
        "no loss was given",
    ]


def test_a_loss_without_a_target_stage_is_not_checked():
    protocol = Protocol.documented(sizes={"num_features": 3})
    report = check_model(Flow, protocol, nn.CrossEntropyLoss(), max_examples=3)
    assert report.ok
    assert [item.why for item in report.not_checked] == [
        "no stage of the protocol says what the target is; add one at 'loss.target'"
    ]


def test_a_state_kept_from_the_batch_before_fails_on_a_smaller_one():
    report = check_model(KeepsItsState, PROTOCOL)
    assert set(slugs(report)) == {"state_does_not_fit"}
    assert "smallest case: " in report.diagnoses[0].explanation
    assert report.trace is not None


def test_scrambled_rows_are_found_at_the_smallest_case():
    report = check_model(Scrambles, PROTOCOL)
    assert slugs(report) == ["scrambled_by_reshape"]
    assert "num_features=3" in report.diagnoses[0].explanation


def test_samples_that_influence_each_other_are_found():
    report = check_model(MixesSamples, STEPS)
    assert slugs(report) == ["samples_influence_each_other"]
    assert "batch_size=2, seq_length=3" in report.diagnoses[0].explanation


def test_batch_statistics_in_training_are_no_fault():
    protocol = Protocol.documented(loss="cross_entropy", sizes={"num_features": 3, "num_classes": 5})
    report = check_model(MixesTraining, protocol)
    assert "samples_influence_each_other" not in slugs(report)


def test_the_same_call_gives_the_same_report():
    first, second = (check_model(MixesSamples, STEPS) for _ in range(2))
    assert first == second


def test_torchs_rng_is_left_alone():
    before = torch.get_rng_state()
    check_model(Flow, PROTOCOL, nn.CrossEntropyLoss(), max_examples=3)
    assert torch.equal(before, torch.get_rng_state())


def test_a_protocol_without_stages_is_refused():
    with pytest.raises(ProtocolError, match="'mine' has no stage, so nothing says what goes into the model"):
        check_model(Flow, Protocol("mine", ()))


def test_an_embedding_needs_a_vocabulary():
    protocol = Protocol("words", (Stage("tokens", "input", "batch_size seq_length", dtype="int64"),))
    with pytest.raises(ProtocolError, match="say how many there are in vocabulary=") as caught:
        check_model(nn.Identity, protocol)
    assert not hasattr(caught.value, "__notes__"), "it is said before Hypothesis draws, and adds what it drew from"
    assert check_model(lambda: nn.Embedding(9, 4), protocol).ok
    assert check_model(lambda: nn.Embedding(9, 4), protocol, vocabulary=7).ok


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_sizes_that_the_protocol_leaves_open_are_those_of_the_model(loss):
    criterion = nn.CrossEntropyLoss() if loss == "cross_entropy" else nn.MSELoss()
    report = check_model(Flow, Protocol.documented(loss=loss), criterion, max_examples=10)
    assert report.ok, str(report)
    assert len(report.checked) == 4


class Multiplies(nn.Module):
    """No layer says what it takes."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3, 5))

    def forward(self, x):
        return x @ self.weight


ROWS = Protocol("rows", (Stage("in", "input", "batch_size width"), Stage("out", "output", "batch_size 5")))


def test_a_size_that_nothing_says_is_asked_for():
    with pytest.raises(ProtocolError) as caught:
        check_model(Multiplies, ROWS)
    assert str(caught.value) == (
        "'rows' leaves width open, the model does not take any size there, and no layer that has a contract says which "
        "it wants: give sizes={'width': ...}; with width=61 the model raised RuntimeError: mat1 and mat2 shapes cannot "
        "be multiplied (2x61 and 3x5)"
    )
    assert check_model(Multiplies, ROWS, sizes={"width": 3}).ok


def test_a_size_that_does_not_matter_stays_open():
    protocol = Protocol("rows", (Stage("in", "input", "batch_size width"), Stage("out", "output", "batch_size width")))
    assert check_model(nn.ReLU, protocol).ok


def test_steps_that_a_layer_takes_for_features_are_no_size_of_the_model():
    class TurnsRound(Flow):
        def forward(self, x):
            return super().forward(x.transpose(1, 2))

    report = check_model(
        TurnsRound, Protocol.documented(loss="cross_entropy", sizes={"num_features": 3}), max_examples=5
    )
    assert not report.ok


def _raises():
    raise ValueError("no data")


@pytest.mark.parametrize(
    ("factory", "kind", "text"),
    [
        (
            Flow(),
            TypeError,
            "check_model: expected something that makes a new model, got the model Flow itself; each case needs a "
            "fresh one: give the class, or lambda: Flow(...)",
        ),
        (3, TypeError, "check_model: expected a function that makes a model, got int"),
        (lambda: "net", TypeError, "check_model: expected the factory to make an nn.Module, got str"),
        (
            _raises,
            ShapecheckError,
            "check_model: the factory raised ValueError: no data; it is called without arguments, and lambda: "
            "Model(...) gives it those that it needs",
        ),
    ],
    ids=["a model", "no function", "no model", "raises"],
)
def test_a_factory_that_makes_no_model_is_told(factory, kind, text):
    with pytest.raises(kind) as caught:
        check_model(factory, PROTOCOL)
    assert str(caught.value) == text


class OneScore(Flow):
    """One number a sequence, with whatever `squeeze` is given."""

    axis: tuple[int, ...] = (-1,)

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 1)

    def forward(self, x):
        return self.linear(self.lstm(x)[0][:, -1]).squeeze(*self.axis)


class OneScoreOrNone(OneScore):
    axis = ()


ONE_SCORE = Protocol(
    "one score a sequence", (Stage("in", "input", "batch_size seq_length 3"), Stage("out", "output", "batch_size"))
)


def test_one_number_for_each_sample_is_held_against_the_samples_too():
    report = check_model(OneScore, ONE_SCORE, max_examples=10)
    assert report.ok
    assert "each sample of the output depends on its own sample only" in report.checked


def test_a_squeeze_that_takes_a_batch_of_one_is_named():
    report = check_model(OneScoreOrNone, ONE_SCORE, max_examples=10)
    assert [found.slug for found in report.diagnoses] == ["axis_of_one_squeezed"]
    assert "batch_size of size 1 is dropped" in report.diagnoses[0].explanation


def test_a_dependence_between_samples_comes_with_the_trace_of_its_case():
    report = check_model(MixesSamples, STEPS, max_examples=8)
    assert [found.code for found in report.diagnoses] == ["SC601"]
    sizes = dict(report.trace.sizes)
    root = report.trace.of("")[0].call
    assert (sizes["batch_size"], sizes["seq_length"]) == root.inputs[0].shape[:2]
    assert f"batch_size={sizes['batch_size']}" in report.diagnoses[0].explanation


class Unused(Flow):
    def __init__(self):
        super().__init__()
        self.unused = nn.Linear(2, 2)


@pytest.mark.parametrize(
    ("model", "loss", "told"),
    [
        (Unused, nn.CrossEntropyLoss(), "the parameter unused.weight has no gradient"),
        (Flow, nn.CrossEntropyLoss(reduction="none"), "the loss has shape"),
    ],
)
def test_what_is_wrong_with_the_loss_comes_with_the_trace(model, loss, told):
    report = check_model(model, PROTOCOL, loss, max_examples=6)
    assert told in report.diagnoses[0].explanation
    assert [entry.call.module for entry in report.trace] == ["", "lstm", "linear", "loss"]


def test_the_loss_may_be_a_function():
    report = check_model(Flow, PROTOCOL, nn.functional.cross_entropy, max_examples=6)
    assert report.ok
    assert len(report.checked) == 4
    report = check_model(Flow, PROTOCOL, lambda scores, labels: scores.sum() / 0, max_examples=6)
    assert "the loss is" in report.diagnoses[0].explanation
    assert report.trace.of("loss")


@pytest.mark.parametrize(
    ("protocol", "loss", "message"),
    [
        (
            None,
            None,
            "check_model: expected the protocol to be a Protocol, got NoneType; Protocol.documented() makes the "
            "usual one",
        ),
        (STEPS, nn.MSELoss, "check_model: expected a loss, got the class MSELoss; make one of it, MSELoss()"),
        (STEPS, "mse", "check_model: expected the loss to be a module or a function, got str"),
    ],
)
def test_arguments_of_other_kinds_are_refused_in_words(protocol, loss, message):
    with pytest.raises(TypeError) as caught:
        check_model(Flow, protocol, loss)
    assert str(caught.value) == message


def test_a_batch_of_one_belongs_to_every_batch_size():
    class Scorer(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.linear = nn.LSTM(3, 8, batch_first=True), nn.Linear(8, 1)

        def forward(self, x):
            return self.linear(self.lstm(x)[0][:, -1]).squeeze()

    stages = (Stage("in", "input", "batch_size seq_length 3"), Stage("score", "output", "batch_size"))
    report = check_model(Scorer, Protocol("scores", stages))
    assert report.checked == ()
    assert "(smallest case: batch_size=1, " in report.diagnoses[0].explanation
    assert "what was found comes first" in {item.why for item in report.not_checked}


class TwoHeads(nn.Module):
    """Two outputs of different widths, as ``gives`` puts them together."""

    mixes = False

    def __init__(self, gives=tuple):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, batch_first=True)
        self.price, self.kind = nn.Linear(8, 12), nn.Linear(8, 5)
        self.gives = gives

    def forward(self, x):
        state = self.lstm(x)[1][0][-1]
        other = state - state.mean(dim=0) if self.mixes else state
        return self.gives((self.price(state), self.kind(other)))


class SecondHeadMixes(TwoHeads):
    mixes = True


def of_heads(*stages):
    return Protocol("two heads", (Stage("window", "input", "batch_size seq_length 3"), *stages))


PRICE, KIND = Stage("price", "price.output", "batch_size 12"), Stage("kind", "kind.output", "batch_size 5")
OWN_SAMPLE = "each sample of the output depends on its own sample only"


def by_name(pair):
    return dict(zip(("price", "kind"), pair, strict=True))


def with_softmax(pair):
    return tuple(scores.softmax(-1) for scores in pair)


@pytest.mark.parametrize("gives", [tuple, by_name, with_softmax])
def test_each_output_is_held_against_the_stage_that_speaks_of_it(gives):
    report = check_model(lambda: TwoHeads(gives), of_heads(PRICE, KIND), max_examples=6)
    assert report.ok
    assert OWN_SAMPLE in report.checked
    assert [item.what for item in report.not_checked] == ["the loss and the gradients"]


@pytest.mark.parametrize("stages", [(PRICE, KIND), (PRICE, Stage("kind", "output[1]", "batch_size 5"))])
def test_samples_mixed_by_the_second_output_alone_are_found(stages):
    report = check_model(SecondHeadMixes, of_heads(*stages), max_examples=6)
    assert [found.code for found in report.diagnoses] == ["SC601"]
    assert "output[1] of sample" in report.diagnoses[0].explanation


def test_an_output_of_which_no_stage_speaks_is_told():
    report = check_model(SecondHeadMixes, of_heads(PRICE), max_examples=6)
    assert report.ok
    assert next((item.what, item.why) for item in report.not_checked) == (
        "each sample of output[1] depends on its own sample only",
        "no stage of the protocol says where batch_size is in what the model returns there; add one at 'output[1]'",
    )


def test_a_stage_that_the_models_output_does_not_fit_says_nothing_of_it():
    report = check_model(TwoHeads, of_heads(Stage("state", "lstm.output", "batch_size seq_length 8")), max_examples=6)
    assert report.ok
    assert OWN_SAMPLE not in report.checked
    assert report.not_checked[0].what == OWN_SAMPLE
