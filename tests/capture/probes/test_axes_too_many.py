"""One number for each sample with more axes behind it than what it is meant for: it meets every row, not its own."""

from __future__ import annotations

import pytest
from programs import audited, slugs

NOISE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 5))

    def forward(self, pair):
        x, level = pair
        {given}
        return self.net(torch.cat([x, level[:, None]], 1))


def deepened(number, ndim):
    while number.ndim < ndim:
        number = number.unsqueeze(-1)
    return number


def criterion(out, pair):
    {loss}


class Pairs:
    def __iter__(self):
        for _ in range(3):
            x, level = torch.randn(7, 5), torch.rand(7)
            yield (x, level), (x, level)


model, batches = Model(), Pairs()
"""


def program(loss, given="pass"):
    return NOISE.format(loss=loss.replace("\n", "\n    "), given=given)


@pytest.mark.parametrize(
    ("made", "of"),
    [
        ("weight = deepened(1 / (0.1 + pair[1]), {ndim})", "(out - pair[0]).pow(2) * weight"),
        ("weight = pair[1].reshape(-1, *[1] * ({ndim} - 1))", "F.mse_loss(out, pair[0], reduction='none') * weight"),
        ("weight = deepened(pair[1] + 1, {ndim})", "(out - pair[0]).abs().div(weight)"),
    ],
)
def test_weights_of_samples_with_an_axis_too_many(made, of):
    wrong, right = (program(f"{made.format(ndim=ndim)}\nreturn ({of}).mean()") for ndim in (3, 2))
    assert slugs(wrong) == ["spread_along_other_axis"]
    assert slugs(right) == []


@pytest.mark.parametrize(
    ("loss", "given"),
    [
        # As many axes as the error of maps has.
        ("return ((out - pair[0])[..., None] * deepened(pair[1], 3)).mean()", "pass"),
        # All levels for all rows, of data alone.
        ("return (out - (pair[0] * deepened(pair[1], 3)).mean(0)).pow(2).mean()", "pass"),
        # Levels that belong to no sample.
        ("return ((out - pair[0]).pow(2) * deepened(torch.linspace(0, 1, 7), 3)).mean()", "pass"),
    ],
)
def test_what_may_be_spread(loss, given):
    assert "spread_along_other_axis" not in slugs(program(loss, given))


STATES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.levels = nn.ModuleList([nn.GRU(5, 5, batch_first=True) for _ in range(3)])
        self.out = nn.Linear(10, 2)

    def forward(self, x):
        seq, finals = x, []
        for level in self.levels:
            seq, state = level(seq)
            finals.append(state[-1])
        {body}
        return self.out(torch.cat([summary, x[:, -1]], dim=-1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(7, 6, 5), torch.randint(0, 2, (7,))) for _ in range(3)]
"""


def of_states(body):
    return STATES.format(body=body.replace("\n", "\n        "))


@pytest.mark.parametrize(
    ("body", "edits"),
    [
        ("summary = torch.cat(finals).mean(0).expand(len(x), -1)", ["torch.stack(finals).mean(0).expand(len(x), -1)"]),
        ("both = torch.cat(finals, dim=0)\nsummary = both.amax(0).expand(7, 5)", ["both = torch.stack(finals, dim=0)"]),
        ("summary = torch.cat(finals).mean(0, keepdim=True).expand(len(x), -1)", []),
        ("summary = torch.cat(finals).sum(dim=0).unsqueeze(0).repeat(len(x), 1)", []),
    ],
)
def test_states_of_layers_that_are_put_one_behind_the_other(body, edits):
    ((slug, found),) = audited(of_states(body))
    assert slug == "reduced_along_batch"
    assert len(found) == len(edits)
    assert all(line.strip().endswith(edit) for line, edit in zip(found, edits, strict=True))
    assert slugs(of_states("summary = torch.stack(finals).mean(0)")) == []


@pytest.mark.parametrize(
    "body",
    [
        # What all have in common is taken off each of them.
        "summary = finals[-1] - torch.cat(finals).mean(0)",
        "summary = finals[-1] - torch.cat(finals).mean(0, keepdim=True)",
        "summary = finals[-1] - torch.cat(finals).mean(0).expand_as(x[:, -1])",
        "summary = finals[-1] / torch.cat(finals).abs().amax(0).expand(7, -1)",
        # Along the features, which are laid out for nobody.
        "summary = torch.cat(finals, 1).unflatten(1, (3, 5)).mean(1)",
    ],
)
def test_what_all_samples_have_in_common(body):
    assert slugs(of_states(body)) == []


SCANS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.each, self.out = nn.Linear(3, 5), nn.Linear(10, 2)

    def forward(self, pair):
        one, other = (torch.relu(self.each(points)) for points in pair)
        scene = torch.cat([one, other]).mean(0).expand(len(one), -1)
        return self.out(torch.cat([one - other, scene], dim=1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [([torch.randn(7, 3), torch.randn(7, 3)], torch.randint(0, 2, (7,))) for _ in range(3)]
"""


def test_what_two_sets_of_points_have_in_common():
    assert slugs(SCANS) == []
