"""Reductions over the samples that a term of the loss may well have, and those that were to run along another axis."""

from __future__ import annotations

import pytest
from programs import VAE, slugs


@pytest.mark.parametrize(
    "term",
    [
        "kl.mean(0).sum()",  # the same number as with the axes the other way round
        "kl.sum(dim=0).sum() / len(kl)",
        "kl.mean(dim=0).clamp(min=0.1).sum()",  # free bits, one threshold for each feature
        "torch.maximum(kl.mean(dim=0), torch.tensor(0.1)).sum()",
        "mean.mean(0).pow(2).sum()",
        "kl.amax(dim=0).mean()",
    ],
)
def test_a_term_of_the_whole_batch_is_no_mistake(term):
    assert slugs(VAE.format(term=term)) == []


@pytest.mark.parametrize("term", ["kl.sum(0).mean()", "(0.5 * torch.sum(kl, dim=0)).mean()"])
def test_a_sum_over_samples_that_is_averaged_over_features_is_one(term):
    assert slugs(VAE.format(term=term)) == ["reduced_along_batch"]


def test_what_meets_targets_of_its_samples_is_one():
    program = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(7, 3)

        def forward(self, x):
            return self.linear(x.mean({axis}))


    model, criterion = Model(), nn.CrossEntropyLoss()
    data = torch.utils.data.TensorDataset(torch.randn(15, 5, 7), torch.randint(0, 3, (15,)))
    batches = torch.utils.data.DataLoader(data, batch_size=5, shuffle=True)
    """
    assert [slugs(program.format(axis=axis)) for axis in (0, 1)] == [["reduced_along_batch"], []]
