"""Cross entropies by hand: shares along one axis, and logarithms of shares along the same one or another."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model, teacher = nn.Linear(3, 7), nn.Linear(3, 7)
data = [torch.randn(5, 4, 3) for _ in range(2)]
batches = [(x, teacher(x).detach()) for x in data]


def criterion(scores, other):
    return {loss}
"""


@pytest.mark.parametrize(
    "loss",
    [
        "-(other.softmax(2) * scores.log_softmax({})).sum(2).mean()",
        "-(other.softmax(2) * scores.softmax({}).clamp_min(1e-8).log()).sum(dim=2).mean()",
        "F.kl_div(scores.log_softmax({}), other.softmax(2), reduction='batchmean')",
        "F.kl_div(scores.log_softmax({}), other.log_softmax(2), log_target=True, reduction='batchmean')",
        # The shares are wrong where the sum runs along the axis of the logarithms.
        "-(other.softmax({}) * scores.log_softmax(2)).sum(2).mean()",
        # The very same scores.
        "F.mse_loss(scores, other) + 0.1 * (scores.softmax({}) * scores.log_softmax(2)).sum(2).mean()",
    ],
)
def test_both_are_shares_among_the_classes(loss):
    found = audited(PROGRAM.format(loss=loss.format(1)))
    assert [slug for slug, _ in found] == ["normalised_beside_classes"]
    assert found[0][1][0].strip() == f"return {loss.format(2)}"
    assert slugs(PROGRAM.format(loss=loss.format(2))) == []


def test_learned_weights_of_the_steps_may_add_up_what_is_said_of_the_classes():
    program = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.say, self.weigh = nn.Linear(3, 7), nn.Linear(3, 7)

        def forward(self, x):
            return (self.weigh(x).softmax(1) * self.say(x).log_softmax(-1)).sum(1)


    model, criterion = Model(), nn.NLLLoss()
    batches = [(torch.randn(5, 4, 3), torch.randint(0, 7, (5,))) for _ in range(2)]
    """
    assert slugs(program) == []
