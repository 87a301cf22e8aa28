"""A script that trains one thing after another: each is looked at, and the third and fourth are not."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, kl_div, log_softmax, softmax
from torch.optim import optimizer as optimizers

from shapecheck.auditor import Auditor
from shapecheck.capture.recording.later import MAX_PHASES
from shapecheck.capture.recording.rare_turns import RareTurns
from shapecheck.capture.recording.session import MAX_STEPS


@pytest.fixture
def auditor():
    torch.manual_seed(0)
    made = Auditor()
    made.start()
    yield made
    made.stop()


def trained(model, steps, loss):
    x, y = torch.randn(6, 5), torch.randint(3, (6,))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(steps):
        value = loss(model(x), x, y)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    return value


@pytest.mark.parametrize(
    ("first", "slugs"),
    [(softmax, ["probabilities_instead_of_logarithms"]), (log_softmax, [])],
)
def test_a_student_is_looked_at_behind_its_teacher(auditor, first, slugs):
    teacher, student = nn.Linear(5, 3), nn.Linear(5, 3)
    trained(teacher, 2 * MAX_STEPS, lambda scores, x, y: cross_entropy(scores, y))
    teacher.eval()

    def loss(scores, x, y):
        with torch.no_grad():
            wanted = softmax(teacher(x) / 2, 1)
        return kl_div(first(scores / 2, 1), wanted, reduction="batchmean") + cross_entropy(scores, y)

    trained(student, MAX_STEPS + 1, loss)
    auditor.stop()
    assert [found.slug for found in auditor.diagnoses] == slugs


def test_the_same_optimizer_is_looked_at_once(auditor):
    trained(nn.Linear(5, 3), 4 * MAX_STEPS, lambda scores, x, y: cross_entropy(scores, y))
    auditor.stop()
    assert auditor._session.seen == MAX_STEPS


def test_many_runs_are_not_all_looked_at(auditor):
    for _ in range(MAX_PHASES + 3):
        trained(nn.Linear(5, 3), MAX_STEPS + 2, lambda scores, x, y: cross_entropy(scores, y))
    auditor.stop()
    assert auditor._session.seen == MAX_STEPS * (MAX_PHASES + 1)
    assert not optimizers._global_optimizer_post_hooks


def measured_in_some_turns(turns, first, measure):
    model, x, y = nn.Linear(5, 3), torch.randn(6, 5), torch.randint(3, (6,))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    every, found = 4, []
    for turn in range(turns):
        scores = model(x)
        loss = cross_entropy(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if turn % every == 3:
            print(loss.item())
        if turn % every == first:
            found.append(measure(scores, y))
    return found


def along_samples(scores, y):
    return (scores.argmax(0)[:3] == y[:3]).float().mean().item()


def test_a_turn_that_measures_is_looked_at_though_the_first_ones_did_not(auditor):
    measured_in_some_turns(40, 3, along_samples)
    auditor.stop()
    assert auditor._session.seen == MAX_STEPS + 1
    assert not optimizers._global_optimizer_post_hooks


@pytest.mark.parametrize("turns", [MAX_STEPS + 1, MAX_STEPS + 4])
def test_it_is_looked_at_once_and_not_where_it_never_comes(auditor, turns):
    measured_in_some_turns(turns, 3, along_samples)
    auditor.stop()
    assert auditor._session.seen == MAX_STEPS + (turns > 7)


def test_what_was_heard_in_the_first_turns_and_what_only_tells_are_no_reason(auditor):
    measured_in_some_turns(40, 1, along_samples)
    auditor.stop()
    assert auditor._session.seen == MAX_STEPS


def test_a_condition_that_raises_with_other_numbers_is_none_of_ours(auditor):
    model, x = nn.Linear(5, 3), torch.randn(6, 5)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for turn in range(MAX_STEPS + 3):
        optimizer.zero_grad()
        model(x).sum().backward()
        optimizer.step()
        if 1 << (MAX_STEPS + 3 - turn) == 2:
            trained(model, 1, lambda scores, x, y: cross_entropy(scores, y))
    auditor.stop()
    assert not auditor._session.failures


def test_a_mistake_of_ours_ends_the_waiting_and_no_training(auditor, monkeypatch):
    def wrong(*_):
        raise ValueError("ours")

    monkeypatch.setattr(RareTurns, "come_next", wrong)
    trained(nn.Linear(5, 3), MAX_STEPS + 4, lambda scores, x, y: cross_entropy(scores, y))
    assert [str(error) for error in auditor._session.failures] == ["ours"]
    assert not optimizers._global_optimizer_post_hooks


def test_nothing_comes_out_differently():
    def numbers():
        torch.manual_seed(1)
        measured = measured_in_some_turns(12, 3, lambda scores, y: scores.sum())
        return [*measured, *(trained(nn.Linear(5, 3), 5, lambda scores, x, y: cross_entropy(scores, y)) for _ in "abc")]

    plain = numbers()
    auditor = Auditor()
    auditor.start()
    heard = numbers()
    auditor.stop()
    assert all(torch.equal(one, other) for one, other in zip(plain, heard, strict=True))
