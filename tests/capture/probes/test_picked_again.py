"""Numbers of the classes that a loss picks from by labels, and what has picked them in the batch before."""

from __future__ import annotations

import pytest
from programs import audited, slugs

LOSS = """
class Loss(nn.Module):
    def __init__(self):
        super().__init__()
        self.alpha = torch.tensor([0.2, 0.3, 0.5])

    def forward(self, scores, labels):
        {pick}
        own = {own}
        return (self.alpha * own).mean()

model, criterion = nn.Linear(4, 3), Loss()
batches = [(torch.randn(7, 4), torch.randint(0, 3, (7,))) for _ in range(3)]
"""
ENTROPY = "F.cross_entropy(scores, labels, reduction='none')"


def test_what_is_picked_gets_a_name_of_its_own():
    ((slug, lines),) = audited(LOSS.format(pick="self.alpha = self.alpha[labels]", own=ENTROPY))
    assert slug == "picked_again"
    assert lines == ["        alpha = self.alpha[labels]\n", "        return (alpha * own).mean()\n"]


@pytest.mark.parametrize(
    ("pick", "own", "is_wrong"),
    [
        ("self.alpha = self.alpha.gather(0, labels.view(-1)) / 2", "scores.gather(1, labels[:, None])[:, 0]", True),
        ("self.kept, self.alpha = self.alpha, self.alpha[labels]; self.alpha = self.kept[labels]", ENTROPY, True),
        # It picks from the same table each time, or by numbers that are no labels.
        ("self.table = getattr(self, 'table', self.alpha); self.alpha = self.table[labels]", ENTROPY, False),
        ("self.alpha = self.alpha[scores.argsort(0)[:, 0] % len(self.alpha)]", ENTROPY, False),
    ],
)
def test_what_labels_pick_from(pick, own, is_wrong):
    assert slugs(LOSS.format(pick=pick, own=own)) == ["picked_again"] * is_wrong
