"""Losses of scores that are fed with what arithmetic has made of probabilities, and scores that only look like such."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(4, 3), nn.Linear(4, 3)
        self.gate = nn.Parameter(torch.tensor(0.3))

    def forward(self, x):
        a, b, gate = self.one(x), self.other(x), torch.sigmoid(self.gate)
        return {scores}


model = Model()
batches = [(torch.randn(6, 4), {labels}) for _ in range(3)]


def criterion(scores, labels):
    return {loss}
"""


@pytest.mark.parametrize(
    ("scores", "loss", "found"),
    [
        ("(a.softmax(1) + b.softmax(1)) / 2", "F.cross_entropy(scores, labels)", ["activation_twice"]),
        ("gate * a.softmax(1) + (1 - gate) * b.softmax(1)", "F.cross_entropy(scores, labels)", ["activation_twice"]),
        ("torch.stack([a.softmax(1), b.softmax(1)]).mean(0)", "nn.CrossEntropyLoss()(scores, labels)", None),
        ("a.exp() / a.exp().sum(1, keepdim=True)", "F.cross_entropy(scores, labels)", ["activation_twice"]),
        ("a.softmax(1).clamp(1e-7, 1)", "F.cross_entropy(scores, labels)", ["activation_twice"]),
        ("a.softmax(1) @ torch.eye(3)[[1, 2, 0]]", "F.cross_entropy(scores, labels)", ["activation_twice"]),
        (
            "(a.softmax(1) + b.softmax(1)) / 2",
            "F.nll_loss(scores, labels)",
            ["probabilities_instead_of_logarithms"],
        ),
        ("((a.softmax(1) + b.softmax(1)) / 2).log()", "F.nll_loss(scores, labels)", []),
        # The probability of the right class, picked: one is taken from it, or a power of it from one.
        ("a.softmax(1)", "(1 + F.nll_loss(scores, labels, reduction='none')).mean()", []),
        ("a.softmax(1) ** 0.7", "(1 + F.nll_loss(scores, labels, reduction='none')).mean() / 0.7", []),
        ("((a.softmax(1) + b.softmax(1)) / 2).log()", "F.cross_entropy(scores, labels)", []),
        ("gate * a + (1 - gate) * b", "F.cross_entropy(scores, labels)", []),
        ("a.softmax(1) * b", "F.cross_entropy(scores, labels)", []),
        ("5 * a.sigmoid()", "F.cross_entropy(scores, labels)", []),
        ("a.softmax(1) / 0.1", "F.cross_entropy(scores, labels)", []),
    ],
)
def test_a_mixture_of_distributions_is_none_of_scores(scores, loss, found):
    program = PROGRAM.format(scores=scores, loss=loss, labels="torch.randint(0, 3, (6,))")
    assert slugs(program) == (["activation_twice"] if found is None else found)


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        ("(a.sigmoid() + b.sigmoid()) / 2", True),
        ("a.sigmoid() * b.softmax(1)", True),
        ("1 - (1 - a.sigmoid()) * (1 - b.sigmoid())", True),
        ("torch.maximum(a.sigmoid(), b.sigmoid())", True),
        # A gate before scores, and scores that happen to lie between 0 and 1.
        ("a.sigmoid() * b", False),
        ("gate * (a * 0.01 + 0.5)", False),
        ("a.sigmoid() - b.sigmoid()", False),
        ("2 * a.sigmoid() - 1", False),
    ],
)
def test_what_is_never_below_zero_is_no_logit(scores, found):
    program = PROGRAM.format(
        scores=scores, loss="F.binary_cross_entropy_with_logits(scores, labels)", labels="torch.ones(6, 3).bernoulli()"
    )
    assert slugs(program) == (["activation_twice"] if found else [])


def test_the_loss_is_fed_with_their_logarithm_instead():
    program = PROGRAM.format(
        scores="(a.softmax(1) + b.softmax(1)) / 2",
        loss="F.cross_entropy(scores, labels)",
        labels="torch.randint(0, 3, (6,))",
    )
    assert audited(program)[0][1] == ["    return F.cross_entropy(scores.clamp_min(1e-8).log(), labels)\n"]


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        ("a.clamp(1e-6, 1 - 1e-6)", True),
        ("torch.clamp(a, 0, 1)", True),
        ("a.sigmoid().clamp(1e-6, 1 - 1e-6)", False),
        ("(a.softmax(1) @ torch.eye(3)).clamp(1e-6, 1 - 1e-6)", False),
        ("(a * 0.01 + 0.5).clamp(0, 1)", False),
    ],
)
def test_a_clamp_makes_no_probability_of_a_score(scores, found):
    program = PROGRAM.format(
        scores=scores, loss="F.binary_cross_entropy(scores, labels)", labels="torch.ones(6, 3).bernoulli()"
    )
    told = audited(program)
    assert [slug for slug, _ in told] == (["scores_cut"] if found else [])
    assert not found or "return a.sigmoid()" in told[0][1][0]


PARTS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(4, 3), nn.Linear(4, 2)

    def forward(self, x):
        a, b = self.one(x), self.other(x)
        {joined}


model, bce = Model(), nn.BCEWithLogitsLoss()
batches = [(torch.randn(6, 4), torch.ones(6, 3).bernoulli()) for _ in range(3)]


def criterion(out, y):
    classes = y.argmax(1)
    return {loss}
"""


@pytest.mark.parametrize(
    ("joined", "loss", "found"),
    [
        ("return torch.cat([b.exp(), a.sigmoid()], dim=-1)", "bce(out[..., 2:], y)", True),
        ("return torch.cat([b.exp(), a[:, :1].sigmoid(), a[:, 1:].sigmoid()], 1)", "bce(out[:, 2:5], y)", True),
        ("return torch.cat([b.exp(), a.sigmoid()], 1).split([2, 3], dim=1)", "bce(out[1], y)", True),
        ("return torch.stack([a.sigmoid(), a.tanh()], -1)", "bce(out[..., 0], y)", True),
        ("a[:, 1:] = a[:, 1:].sigmoid(); return a", "bce(out[:, 1:], y[:, 1:])", True),
        ("return torch.cat([b, a.softmax(-1)], 1)", "F.cross_entropy(out[:, 2:], classes)", True),
        ("return torch.cat([b.exp(), a.sigmoid() * b.sigmoid()[:, :1]], 1)", "bce(out[:, 2:], y)", True),
        # Beside the slice that the loss reads there are others.
        ("return torch.cat([b.sigmoid(), a], 1)", "bce(out[:, 2:], y)", False),
        ("return torch.cat([a.sigmoid(), a], 1)", "F.cross_entropy(out[:, 3:], classes)", False),
        ("return torch.cat([b.sigmoid(), a], 1)", "bce(out[:, 1:4], y)", False),
        ("return torch.stack([a.tanh(), a], -1)", "bce(out[..., 1], y)", False),
        ("a[:, :1] = a[:, :1].sigmoid(); return a", "bce(out[:, 1:], y[:, 1:])", False),
        (
            "return torch.cat([a, b.sigmoid()], 1)",
            "bce(out[:, :3], y) + F.binary_cross_entropy(out[:, 3:], y[:, :2])",
            0,
        ),
    ],
)
def test_the_part_that_a_loss_reads_is_followed_through_joins(joined, loss, found):
    assert slugs(PARTS.format(joined=joined, loss=loss)) == ["activation_twice"] * found


def test_raw_scores_are_found_in_a_part_and_a_loss_can_do_without_its_own_sigmoid():
    program = PARTS.format(joined="return torch.cat([b.sigmoid(), a], 1)", loss="F.nll_loss(out[:, 2:], classes)")
    assert slugs(program) == ["scores_instead_of_logarithms"]
    program = PARTS.format(joined="return torch.cat([b, a.log_softmax(1)], 1)", loss="F.nll_loss(out[:, 2:], classes)")
    assert slugs(program) == []
    program = PARTS.format(joined="return torch.cat([b, a.sigmoid()], 1)", loss="bce(out[:, 2:], y)")
    assert audited(program)[0][1] == ["model, bce = Model(), nn.BCELoss()\n"]
    program = program.replace("bce(", "F.binary_cross_entropy_with_logits(")
    assert audited(program)[0][1] == ["    return F.binary_cross_entropy(out[:, 2:], y)\n"]
