"""A step that is computed again: what a change does not reach stays, and what is drawn is drawn again."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss

from shapecheck.auditor import Auditor
from shapecheck.capture.judge import Verdicts
from shapecheck.capture.recording.tape import Ref


@pytest.fixture
def looked_at(monkeypatch):
    """Train a model for a step that is given to a function."""

    def train(model, look):
        seen = []
        monkeypatch.setattr(Verdicts, "judge", lambda self, step: seen.append(look(step)))
        auditor = Auditor()
        auditor.start()
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        mse_loss(model(torch.randn(6, 5)), torch.randn(6, 3)).backward()
        optimizer.step()
        auditor.stop()
        assert len(seen) == 1
        return seen[0]

    return train


class Noisy(nn.Linear):
    def forward(self, x):
        scale = torch.rand(6, 1)
        out = super().forward(x)
        return scale * out + torch.randn_like(out)


def drawn(step, name):
    return Ref(next(index for index in step.order if step.node(index).name == name))


def test_a_change_leaves_what_is_drawn_behind_it(looked_at):
    def look(step):
        source, noise = step.inputs[0], drawn(step, "randn_like")
        after = step.changed(source, step.value(source) + 1)
        assert drawn(step, "rand") not in after
        return torch.equal(after[noise], step.run()[noise])

    assert looked_at(Noisy(5, 3), look)


def test_another_operation_changes_what_lies_behind_it(looked_at):
    def look(step):
        linear = next(index for index in step.order if step.node(index).name == "linear")
        noise = drawn(step, "randn_like")
        base, after = step.run(), step.run_with({linear: lambda x, weight, bias: nn.functional.linear(x, weight)})
        assert after.keys() == base.keys()
        moved = {ref for ref in base if not torch.equal(base[ref], after[ref])}
        assert Ref(linear) in moved
        assert noise not in moved
        return moved <= {Ref(index) for index in step.order if index >= linear}

    assert looked_at(Noisy(5, 3), look)


def test_two_draws_of_a_step_differ(looked_at):
    class Twice(nn.Linear):
        def forward(self, x):
            out = super().forward(x)
            return out + torch.randn_like(out) - torch.randn_like(out)

    def look(step):
        first, second = (Ref(index) for index in step.order if step.node(index).name == "randn_like")
        return torch.equal(step.run()[first], step.run()[second])

    assert not looked_at(Twice(5, 3), look)


@pytest.mark.parametrize("alike", [lambda mask, out: mask.expand_as(out), lambda mask, out: mask.to(out)])
def test_what_lends_a_shape_or_a_type_is_no_part_of_what_is_learned(alike, looked_at):
    class Masked(nn.Linear):
        def forward(self, x):
            out = super().forward(x)
            return out * alike(x[:, :1] > 0, out)

    def look(step):
        product = next(step.node(index) for index in step.order if step.node(index).name == "mul")
        return [ref in step.learned for ref in product.parents]

    assert looked_at(Masked(5, 3), look) == [True, False]


class Blanked(nn.Linear):
    def forward(self, x):
        out = super().forward(x)
        out[0].zero_()
        out.t()[1].squeeze().add_(10.0)
        return out * 2


def test_what_is_written_into_a_part_stands_in_the_whole(looked_at):
    def look(step):
        made, doubled = (step.value(next(n.ref for n in step.nodes if n.name == name)) for name in ("linear", "mul"))
        expected = made.clone()
        expected[0] = 0
        expected[:, 1] += 10
        return torch.equal(doubled, expected * 2)

    assert looked_at(Blanked(5, 3), look)
