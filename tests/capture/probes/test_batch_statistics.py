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


OVERLAP = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3, padding=1)

    def forward(self, x):
        return self.conv(x)


def criterion(scores, labels):
    guessed = scores.softmax(1)
    meant = nn.functional.one_hot(labels, 3).permute(0, 3, 1, 2).float()
    shared, whole = {sums}
    return nn.functional.cross_entropy(scores, labels) + 1 - ({ratio}).mean()


model = Model()
data = torch.utils.data.TensorDataset(torch.randn(9, 2, 5, 5), torch.randint(0, 3, (9, 5, 5)))
batches = torch.utils.data.DataLoader(data, batch_size=3, shuffle=True)
"""


SUMS = "(guessed * meant).sum((0, 2, 3)), (guessed + meant).sum((0, 2, 3))"


@pytest.mark.parametrize(
    ("sums", "ratio"),
    [
        (SUMS, "(2 * shared + 1) / (whole + 1)"),
        (SUMS.replace("sum((", "sum(dim=("), "shared / (whole - shared)"),
    ],
)
def test_a_ratio_of_sums_for_each_class_is_no_mistake(sums, ratio):
    assert slugs(OVERLAP.format(sums=sums, ratio=ratio)) == []


@pytest.mark.parametrize("ratio", ["shared / 25", "shared / 25 - whole / 50"])
def test_the_same_sums_in_the_place_of_a_ratio_are_one(ratio):
    assert slugs(OVERLAP.format(sums=SUMS, ratio=ratio)) == ["reduced_along_batch"]


def test_rows_of_one_padded_sample_are_no_samples():
    # Each page has as many rows as there are pages in a batch.
    program = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.read = nn.Linear(3, 8)
            self.score = nn.Linear(16, 1)

        def forward(self, x, real):
            h = self.read(x)
            page = (h * real).sum(1, keepdim=True) / real.sum(1, keepdim=True)
            return self.score(torch.cat([h, page.expand_as(h)], -1)).squeeze(-1)


    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        pages = [(torch.randn(n, 3), torch.rand(n)) for n in (6, 4, 6, 3, 6, 5)]
        x = nn.utils.rnn.pad_sequence([page for page, _ in pages], batch_first=True)
        y = nn.utils.rnn.pad_sequence([rank for _, rank in pages], batch_first=True)
        real = nn.utils.rnn.pad_sequence([torch.ones(len(page), 1) for page, _ in pages], batch_first=True)
        scores = model(x, real).masked_fill(real[..., 0] == 0, -1e9).log_softmax(1)
        loss = -(scores * y * real[..., 0]).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    """
    assert slugs(program, "") == []


@pytest.mark.parametrize("union", ["(guessed + meant).sum((0, 1))", "guessed.sum((0, 1)) + meant.sum((0, 1))"])
def test_sums_over_samples_and_classes_leave_the_pixels(union):
    sums = f"(guessed * meant).sum((0, 1)), {union}"
    assert slugs(OVERLAP.format(sums=sums, ratio="(2 * shared + 1) / (whole + 1)")) == ["overlap_of_half_a_map"]


@pytest.mark.parametrize(("level", "is_told"), [("0.1 * h.sum()", True), ("h.sum() / len(h)", False)])
def test_a_sum_of_all_samples_is_no_level_of_each_unless_it_is_divided_by_them(level, is_told):
    program = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(7, 4)

        def forward(self, x):
            h = self.linear(x)
            return h.square().sum(1) + {level}


    model, criterion = Model(), nn.MSELoss()
    data = torch.utils.data.TensorDataset(torch.randn(15, 7), torch.randn(15))
    batches = torch.utils.data.DataLoader(data, batch_size=5, shuffle=True)
    """
    assert slugs(program.format(level=level)) == ["reduced_along_batch"] * is_told
