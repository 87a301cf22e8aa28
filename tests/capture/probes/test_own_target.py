"""Causal models that are asked for their own input with a few numbers changed, beside targets that are meant so."""

from __future__ import annotations

import linecache

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import cross_entropy

from shapecheck.auditor import Auditor

PAD, HIDDEN = 0, 9


def attention(causal=True):
    def run(model, x):
        h = model.emb(x) + model.place[: x.shape[1]]
        scores = h @ h.transpose(1, 2)
        if causal:
            scores = scores.masked_fill(torch.ones(scores.shape[-2:]).triu(1).bool(), -1e9)
        return model.linear(h + scores.softmax(-1) @ h)

    model = Forward(run, emb=nn.Embedding(10, 8), linear=nn.Linear(8, 10))
    model.place = torch.randn(8, 8)
    return model


def flat(scores, targets, **keywords):
    return cross_entropy(scores.reshape(-1, 10), targets.reshape(-1), **keywords)


def text(rows=6):
    found = torch.randint(1, 9, (rows, 8))
    found[0, 6:], found[1, 5:] = PAD, PAD
    return found


def told(loss_of, model=None):
    torch.manual_seed(0)
    auditor = Auditor()
    auditor.start()
    try:
        model = attention() if model is None else model
        optimizer = torch.optim.SGD(model.parameters(), 0.01)
        for _ in range(2):
            loss = loss_of(model, text())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    finally:
        auditor.stop()
    assert not auditor._session.failures
    assert not [item for item in auditor.not_checked if "next-step" in item.what]
    return auditor.diagnoses


def padding_filled(model, x):
    labels = x.masked_fill(x == PAD, -100)
    return flat(model(x), labels)


def padding_chosen(model, x):
    labels = torch.where(x == PAD, torch.full_like(x, -100), x)
    return flat(model(x), labels)


def padding_set(model, x):
    labels = x.clone()
    labels[labels == PAD] = -100
    return flat(model(x), labels)


def start_set_in_front(model, x):
    given = torch.cat([torch.full((len(x), 1), HIDDEN), x[:, 1:]], dim=1)
    labels = given.clamp(max=HIDDEN - 1)
    return flat(model(given), labels, ignore_index=PAD)


def from_the_loader(model, x):
    labels = torch.tensor([[-100 if token == PAD else token for token in row] for row in x.tolist()])
    return flat(model(x), labels)


@pytest.mark.parametrize(
    ("loss_of", "line"),
    [
        (padding_filled, "labels = x.masked_fill(x == PAD, -100)"),
        (padding_chosen, "labels = torch.where(x == PAD, torch.full_like(x, -100), x)"),
        (padding_set, "labels[labels == PAD] = -100"),
        (start_set_in_front, "labels = given.clamp(max=HIDDEN - 1)"),
        (from_the_loader, "return cross_entropy(scores.reshape(-1, 10), targets.reshape(-1), **keywords)"),
    ],
)
def test_the_input_with_few_numbers_changed_is_no_next_step(loss_of, line):
    (found,) = told(loss_of)
    assert found.slug == "target_not_shifted"
    assert linecache.getline(found.place.file, found.place.line).strip() == line


def test_a_model_that_holds_labels_against_its_scores_is_the_one_to_shift():
    model = Forward(lambda model, x, labels: flat(model.inner(x), labels), inner=attention())
    (found,) = told(lambda model, x: model(x, x.masked_fill(x == PAD, -100)), model)
    line = linecache.getline(found.place.file, found.place.line).strip()
    assert line == "return cross_entropy(scores.reshape(-1, 10), targets.reshape(-1), **keywords)"


def padding_filled_and_shifted(model, x):
    labels = x.masked_fill(x == PAD, -100)
    return flat(model(x)[:, :-1], labels[:, 1:])


def prompt_left_out_and_shifted(model, x):
    labels = x.clone()
    labels[:, :3] = -100
    return flat(model(x[:, :-1]), labels[:, 1:])


def start_in_front(model, x):
    given = torch.cat([torch.full((len(x), 1), HIDDEN), x[:, :-1]], dim=1)
    return flat(model(given), x.masked_fill(x == PAD, -100))


def tags_of_words(model, x):
    return flat(model(x), torch.where(x > 4, 1, 2))


@pytest.mark.parametrize(
    "loss_of", [padding_filled_and_shifted, prompt_left_out_and_shifted, start_in_front, tags_of_words]
)
def test_what_comes_next_and_other_answers_are_left_alone(loss_of):
    assert told(loss_of) == ()


def hidden_words(model, x):
    hidden = torch.rand(x.shape) < 0.4
    return flat(model(x.masked_fill(hidden, HIDDEN)), x.masked_fill(~hidden, -100))


@pytest.mark.parametrize("causal", [True, False])
def test_hidden_words_are_asked_for_in_place(causal):
    assert told(hidden_words, attention(causal)) == ()


def test_what_sees_all_may_be_asked_for_all():
    assert told(padding_filled, attention(causal=False)) == ()


def noisy_words(model, x):
    spoilt = torch.rand(x.shape) < 0.2
    return flat(model(torch.where(spoilt, torch.randint(1, 9, x.shape), x)), x, ignore_index=PAD)


def words_left_out(model, x):
    return flat(model(x * (torch.rand(x.shape) > 0.2)), x, ignore_index=PAD)


def padding_renamed(model, x):
    return flat(model(x.masked_fill(x == PAD, HIDDEN)), x, ignore_index=PAD)


@pytest.mark.parametrize(
    ("loss_of", "slugs"),
    [(noisy_words, []), (words_left_out, []), (padding_renamed, ["target_not_shifted"])],
)
def test_what_was_spoilt_is_asked_for_as_it_was(loss_of, slugs):
    assert [found.slug for found in told(loss_of)] == slugs


def attending(h):
    scores = h @ h.transpose(1, 2)
    return h + scores.masked_fill(torch.ones(scores.shape[-2:]).triu(1).bool(), -1e9).softmax(-1) @ h


def codec(code, width):
    """An encoder and a decoder that see no later step, with a code between them."""

    def run(model, x):
        z = model.down(attending(model.emb(x)))
        return model.linear(attending(model.up(code(model, z))))

    layers = {"emb": nn.Embedding(10, 8), "down": nn.Linear(8, width), "up": nn.Linear(width, 8)}
    return Forward(run, linear=nn.Linear(8, 10), codes=nn.Embedding(5, 8), **layers)


def nearest(model, z):
    chosen = model.codes(torch.cdist(z, model.codes.weight.expand(len(z), 5, 8)).argmin(-1))
    return z + (chosen - z).detach()


@pytest.mark.parametrize(
    ("code", "width", "slugs"),
    [
        (lambda model, z: z, 2, []),
        (lambda model, z: z, 4, []),
        (lambda model, z: z.relu(), 8, ["target_not_shifted"]),
        (lambda model, z: z, 16, ["target_not_shifted"]),
        (nearest, 8, []),
        (lambda model, z: z + (z.round() - z).detach(), 8, []),
        (lambda model, z: z + torch.randn(z.shape), 8, []),
        (lambda model, z: z + torch.randn_like(z), 8, []),
        (lambda model, z: nn.functional.dropout(z, 0.1), 8, ["target_not_shifted"]),
    ],
)
def test_what_goes_through_a_code_is_asked_for_in_place(code, width, slugs):
    def loss_of(model, x):
        return flat(model(x), x, ignore_index=PAD)

    assert [found.slug for found in told(loss_of, codec(code, width))] == slugs


def recurrent(**options):
    def run(model, x):
        return model.linear(model.lstm(model.emb(x))[0])

    width = 8 * (2 if options.get("bidirectional") else 1)
    lstm = nn.LSTM(8, 8, batch_first=True, **options)
    return Forward(run, emb=nn.Embedding(10, 8), lstm=lstm, linear=nn.Linear(width, 10))


def windows(target):
    """A loss of pieces of one long text, which goes on behind each of them."""

    def loss_of(model, _):
        long = torch.randint(1, 9, (200,))
        begins = torch.randint(len(long) - 8, (6,))
        x = torch.stack([long[i : i + 8] for i in begins])
        return flat(model(x), target(long, begins, x))

    return loss_of


@pytest.mark.parametrize(
    "target",
    [
        lambda long, begins, x: x,
        lambda long, begins, x: x.clone(),
        lambda long, begins, x: torch.stack([long[i : i + 8] for i in begins]),
    ],
)
def test_pieces_of_a_text_that_are_asked_for_themselves(target):
    assert [found.slug for found in told(windows(target), recurrent())] == ["target_not_shifted"]
    # What reads to both ends codes what it is given.
    assert told(windows(target), recurrent(bidirectional=True)) == ()


def test_a_target_that_was_taken_by_itself_is_told_where_it_was_taken():
    def loss_of(model, _):
        rows = torch.randint(1, 9, (5, 60))
        x = rows[:, 20:30]
        y = rows[:, 20:30]
        return flat(model(x), y)

    (place,) = [found.place for found in told(loss_of, recurrent())]
    assert place is not None
    assert linecache.getline(place.file, place.line).strip() == "y = rows[:, 20:30]"


@pytest.mark.parametrize(
    "target",
    [
        lambda long, begins, x: torch.stack([long[i + 1 : i + 9] for i in begins]),
        lambda long, begins, x: torch.where(x > 4, 1, 2),
        lambda long, begins, x: x.flip(1),
    ],
)
def test_pieces_of_a_text_with_an_answer_of_their_own(target):
    assert told(windows(target), recurrent()) == ()


def test_an_echo_of_what_is_no_piece_of_anything_may_be_wanted():
    assert told(lambda model, x: flat(model(x), x), recurrent()) == ()


def words_hidden(model, x):
    hidden = torch.rand(x.shape) < 0.4
    hidden[:, 0] = False
    return cross_entropy(model(x.masked_fill(hidden, HIDDEN))[hidden], x[hidden])


def real_words(model, x):
    real = x[:, 1:] != PAD
    return cross_entropy(model(x)[:, :-1][real], x[:, 1:][real])


def test_words_that_are_hidden_here_and_there_are_no_next_steps():
    assert told(words_hidden, attention(causal=False)) == ()


def test_next_steps_of_rows_of_several_lengths_are():
    assert "future_seen_by_attention" in {found.slug for found in told(real_words, attention(causal=False))}


def test_rows_that_were_put_end_to_end_before_the_shift_ask_for_next_steps():
    seen = told(lambda model, x: cross_entropy(model(x).view(-1, 10)[:-1], x.view(-1)[1:]))
    assert "target_not_shifted" not in [one.slug for one in seen]
