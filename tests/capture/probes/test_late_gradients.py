"""Gradients that come after the steps that were looked at: behind a warm-up, or in the other optimizer's turn."""

from __future__ import annotations

import pytest
import torch
from programs import slugs
from torch import nn
from torch.nn import functional
from torch.optim import optimizer as optimizers

from shapecheck.auditor import Auditor


def sgd(*modules):
    return torch.optim.SGD([part for module in modules for part in module.parameters()], 0.1)


def update(loss, optimizer):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def batch(size=6):
    return torch.randn(size, 3), torch.randn(size, 2)


def layers():
    return nn.Linear(3, 5), nn.Linear(5, 2)


def never_unfrozen():
    front, head = layers()
    optimizer = sgd(front, head)
    for cut in [lambda h: h.detach()] * 7:
        x, y = batch()
        update(functional.mse_loss(head(cut(front(x))), y), optimizer)


def unfrozen_after_a_warm_up():
    front, head = layers()
    optimizer = sgd(front, head)
    for cut in [lambda h: h.detach()] * 5 + [lambda h: h] * 2:
        x, y = batch()
        update(functional.mse_loss(head(cut(front(x))), y), optimizer)


def unfrozen_for_another_optimizer():
    front, head = layers()
    optimizer, late = sgd(front, head), None
    for step in range(7):
        x, y = batch()
        late = late or (sgd(front) if step == 5 else None)
        h = front(x) if late else front(x).detach()
        update(functional.mse_loss(head(h), y), late or optimizer)


def gradient_every_fifth_step():
    front, head, heavy = nn.Linear(3, 5), nn.Linear(5, 2), nn.Linear(5, 1)
    optimizer = sgd(front, head, heavy)
    h = torch.zeros(6, 5)
    for step in range(10):
        x, y = batch()
        h = front(x)
        loss = functional.mse_loss(head(h.detach()), y)
        losses = [loss] if (step + 1) % 5 else [loss, heavy(h).pow(2).mean()]
        update(sum(losses), optimizer)


def one_maker_for_five_critics():
    maker, judge = nn.Linear(3, 2), nn.Linear(2, 1)
    optimizer = sgd(maker, judge)
    for _turn in range(2):
        for _ in range(5):
            fake = maker(torch.randn(6, 3)).detach()
            update(judge(fake).mean() - judge(torch.randn(6, 2)).mean(), optimizer)
        update(-judge(maker(torch.randn(6, 3))).mean(), optimizer)


def changed_by_hand_later():
    front, head = layers()
    optimizer = sgd(front, head)
    for step in range(6):
        x, y = batch()
        h = front(x).detach()
        update(functional.mse_loss(head(h), y), optimizer)
        for parameter in front.parameters() if step > 3 else ():
            parameter.data += 0.1 * torch.randn_like(parameter)
    return front


def told(script):
    torch.manual_seed(0)
    auditor = Auditor()
    auditor.start()
    try:
        script()
    finally:
        auditor.stop()
    assert not auditor._session.failures
    return [found.slug for found in auditor.diagnoses]


@pytest.mark.parametrize(
    "script",
    [
        unfrozen_after_a_warm_up,
        unfrozen_for_another_optimizer,
        gradient_every_fifth_step,
        one_maker_for_five_critics,
    ],
)
def test_a_gradient_that_comes_later_is_a_gradient(script):
    assert told(script) == []
    assert not optimizers._global_optimizer_pre_hooks


def test_one_that_never_comes_is_told():
    assert told(never_unfrozen) == ["trained_without_gradient"]
    assert not optimizers._global_optimizer_pre_hooks


def test_what_something_else_changes_later_is_trained():
    torch.manual_seed(0)
    auditor = Auditor()
    auditor.start()
    kept = changed_by_hand_later()
    auditor.stop()
    assert auditor.diagnoses == ()
    del kept


def test_nothing_is_listened_for_where_all_have_a_gradient():
    auditor = Auditor()
    auditor.start()
    front, head = layers()
    optimizer = sgd(front, head)
    for _ in range(4):
        x, y = batch()
        update(functional.mse_loss(head(front(x)), y), optimizer)
    assert not optimizers._global_optimizer_pre_hooks
    auditor.stop()


def slugs_of(cut):
    body = f"""
    front, head = nn.Linear(3, 5), nn.Linear(5, 2)
    optimizer = torch.optim.SGD([*front.parameters(), *head.parameters()], 0.1)
    for step in range(4):
        {cut}
        loss = F.mse_loss(head(h), torch.randn(6, 2))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    """
    return slugs(body, "")


@pytest.mark.parametrize(
    ("cut", "found"),
    [
        ("h = front(torch.randn(6, 3)).detach()", ["trained_without_gradient"]),
        ("h = front(torch.randn(6, 3)); h = h if step > 9 else h.detach()", []),
        ("if step < 9: h = front(torch.randn(6, 3)).detach()", []),
        ("with torch.set_grad_enabled(step > 9): h = front(torch.randn(6, 3))", []),
    ],
)
def test_a_switch_that_the_run_does_not_reach(cut, found):
    assert slugs_of(cut) == found
