"""Training and judging the character model."""

import itertools
import math

import pytest
import torch

from shapecheck import DataError
from shapecheck.models import CharLSTM, ClassificationSettings, StatefulBatches, Vocabulary, evaluate_text, train_text
from shapecheck.models.classification import cross_entropy

TEXT = "the quick brown fox jumps over the lazy dog. " * 40
VOCABULARY = Vocabulary.of(TEXT)
LEARNED, HELD_OUT = VOCABULARY.encode(TEXT[:1600]), VOCABULARY.encode(TEXT[1600:])
TINY = ClassificationSettings(hidden_size=16, num_layers=1, epochs=8, batch_size=8, seq_length=10, lr=0.05)


def trained(seed=0, **changes):
    torch.manual_seed(seed)
    settings = ClassificationSettings(**{**vars_of(TINY), **changes})
    model = CharLSTM(len(VOCABULARY), settings.hidden_size, settings.num_layers)
    return model, list(train_text(model, VOCABULARY, LEARNED, HELD_OUT, settings))


def vars_of(settings):
    return {name: getattr(settings, name) for name in settings.__slots__}


def test_it_learns_a_regular_text_better_than_counting():
    model, history = trained()
    metrics = evaluate_text(model, VOCABULARY, LEARNED, HELD_OUT)
    assert history[-1].loss < 0.2 * history[0].loss
    assert metrics.nats < metrics.baselines["bigram"]


def test_the_same_seed_gives_the_same_numbers():
    (one, history), (other, again) = trained(seed=2, epochs=2), trained(seed=2, epochs=2)
    assert history == again
    assert evaluate_text(one, VOCABULARY, LEARNED, HELD_OUT) == evaluate_text(other, VOCABULARY, LEARNED, HELD_OUT)


def test_training_can_stop_after_any_update():
    torch.manual_seed(0)
    model = CharLSTM(len(VOCABULARY), 8, 1)
    history = list(itertools.islice(train_text(model, VOCABULARY, LEARNED, HELD_OUT, TINY), 3))
    assert [each.step for each in history] == [1, 2, 3]


class Spy(CharLSTM):
    """Remembers which state each training batch began with, and ended with."""

    def __init__(self):
        super().__init__(len(VOCABULARY), 8, 2)
        self.began, self.ended = [], []

    def forward(self, one_hot, state=None):
        scores, after = super().forward(one_hot, state)
        if self.training:
            self.began.append(state)
            self.ended.append(after)
        return scores, after


def test_the_state_is_carried_detached_and_reset_at_each_epoch():
    spy = Spy()
    settings = ClassificationSettings(hidden_size=8, epochs=2, batch_size=8, seq_length=50)
    list(train_text(spy, VOCABULARY, LEARNED, HELD_OUT, settings))
    an_epoch = len(StatefulBatches(LEARNED, 8, 50))
    assert [at for at, state in enumerate(spy.began) if state is None] == [0, an_epoch]
    for before, after in itertools.pairwise(range(an_epoch)):
        for end, begin in zip(spy.ended[before], spy.began[after], strict=True):
            assert torch.equal(end, begin)
            assert begin.grad_fn is None
            assert end.grad_fn is not None


def test_uniform_is_what_a_model_without_preferences_gets():
    model = CharLSTM(len(VOCABULARY), 4, 1)
    torch.nn.init.zeros_(model.linear.weight)
    torch.nn.init.zeros_(model.linear.bias)
    metrics = evaluate_text(model, VOCABULARY, LEARNED, HELD_OUT)
    assert metrics.nats == pytest.approx(metrics.baselines["uniform"], rel=1e-6)
    assert metrics.baselines["uniform"] == pytest.approx(math.log(len(VOCABULARY)))
    assert metrics.bits == pytest.approx(math.log2(len(VOCABULARY)))
    assert metrics.characters == len(HELD_OUT) - 1


def test_cross_entropy_is_the_mean_over_all_characters_but_the_first():
    torch.manual_seed(0)
    model = CharLSTM(len(VOCABULARY), 4, 1)
    scores, _ = model(VOCABULARY.one_hot(HELD_OUT[None, :-1]))
    expected = torch.nn.functional.cross_entropy(scores, HELD_OUT[1:]).item()
    assert cross_entropy(model, VOCABULARY, HELD_OUT) == pytest.approx(expected, rel=1e-5)


def test_a_held_out_part_shorter_than_the_batch_is_read_in_fewer_rows():
    model = CharLSTM(len(VOCABULARY), 4, 1)
    assert cross_entropy(model, VOCABULARY, HELD_OUT[:3], rows=64) > 0


def test_a_text_too_short_for_the_batch():
    with pytest.raises(DataError, match=r"^the text has 5 characters: expected at least 9,"):
        list(train_text(CharLSTM(len(VOCABULARY), 4, 1), VOCABULARY, LEARNED[:5], HELD_OUT, TINY))


def test_a_loss_that_explodes_is_said():
    model = CharLSTM(len(VOCABULARY), 4, 1)
    model.linear.bias.data.fill_(float("nan"))
    with pytest.raises(DataError, match=r"^the loss became nan in epoch 1: try a smaller learning rate$"):
        list(train_text(model, VOCABULARY, LEARNED, HELD_OUT, TINY))
