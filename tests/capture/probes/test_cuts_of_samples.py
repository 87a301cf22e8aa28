"""Parts that are cut of each sample, in no order, and what is made of all of them: they are no samples themselves."""

from __future__ import annotations

from programs import slugs

CUTS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.out = nn.Linear(4, 8), nn.Linear(8, 3)

    def forward(self, cuts):
        samples, count, size = cuts.shape
        scores = self.out(torch.relu(self.layer(cuts.view(-1, size))))
        return scores.view({back})


def cut(x):
    return torch.stack([x[..., at : at + 4] for at in (5, 0, 8, 3, 6)], dim=1)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(cut(torch.randn(7, 12)), torch.randint(0, 3, (7,))) for _ in range(3)]
"""


def test_parts_of_each_sample_that_were_cut_in_no_order_are_no_samples():
    assert slugs(CUTS.format(back="count, samples, -1).mean(0")) == ["reshaped_instead_of_permuted"]
    assert slugs(CUTS.format(back="samples, count, -1).mean(1")) == []
