"""Distances of a tensor to itself, by functions and by hand, and what only looks like one."""

from __future__ import annotations

import pytest
from programs import audited, slugs

TAUGHT = """
teacher, model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 5)), nn.Linear(3, 5)
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
for _ in range(3):
    x, y = torch.randn(6, 3), torch.randint(0, 5, (6,))
    with torch.no_grad():
        taught = teacher(x)
    own = model(x)
    p = own.softmax(1)
    q = {other}
    loss = F.cross_entropy(own, y) + {soft}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("soft", "other"),
    [
        ("F.kl_div(F.log_softmax(taught / 3, 1), F.softmax(taught / 3, 1), reduction='batchmean')", "p"),
        ("F.kl_div(F.log_softmax(own / 3, 1), F.softmax(own / 3, 1), reduction='batchmean')", "p"),
        ("nn.KLDivLoss(reduction='batchmean')(own.log_softmax(1), p.detach())", "p"),
        ("F.kl_div(p.log(), own.log_softmax(1), log_target=True, reduction='sum')", "p"),
        ("F.mse_loss(own, own)", "p"),
        ("F.mse_loss(taught, taught)", "p"),
        ("F.mse_loss(p, q)", "own.detach().softmax(1)"),
        ("(q * (q.log() - taught.log_softmax(1))).sum(1).mean()", "taught.softmax(1)"),
        ("1 - F.cosine_similarity(own, own.detach()).mean()", "p"),
        (
            "torch.distributions.kl_divergence(*(torch.distributions.Categorical(logits=taught) for _ in 'ab')).mean()",
            "p",
        ),
    ],
)
def test_a_distance_of_a_tensor_to_itself(soft, other):
    assert slugs(TAUGHT.format(soft=soft, other=other), "") == ["compared_with_itself"]


def test_the_other_output_is_named():
    ((_, edits),) = audited(
        TAUGHT.format(soft="F.kl_div(q, taught.softmax(1), reduction='sum')", other="taught.log_softmax(1)"), ""
    )
    assert [edit.strip() for edit in edits] == ["q = own.log_softmax(1)"]


@pytest.mark.parametrize(
    ("soft", "other"),
    [
        ("F.kl_div(own.log_softmax(1), taught.softmax(1), reduction='batchmean')", "p"),
        # The same scores at another temperature, at another place, of other rows.
        ("F.kl_div(own.log_softmax(1), q, reduction='batchmean')", "(own / 2).softmax(1)"),
        ("F.mse_loss(own, own.flip(0))", "p"),
        ("F.mse_loss(own[:3], own[3:])", "p"),
        ("(own[:, None] - own[None]).pow(2).mean()", "p"),
        # What is zero and has a gradient.
        ("((p - q).exp() * p).mean()", "p.detach()"),
        ("((p.log() - q.log()).exp() * own).mean()", "p.detach()"),
        # An entropy.
        ("F.cross_entropy(own, p)", "p"),
        ("F.binary_cross_entropy(own.sigmoid(), own.sigmoid())", "p"),
        # Numbers that are to stay within bounds, and have done so.
        ("F.mse_loss(own, own.clamp(-50, 50))", "p"),
        # The middle of both.
        ("F.kl_div(q.log(), p, reduction='sum') + F.kl_div(q.log(), taught.softmax(1))", "(p + taught.softmax(1)) / 2"),
        # Another reading of the same input.
        ("F.mse_loss(own, model(x))", "p"),
    ],
)
@pytest.mark.filterwarnings("ignore:reduction")
def test_what_only_looks_like_one(soft, other):
    assert slugs(TAUGHT.format(soft=soft, other=other), "") == []


def test_a_second_derivative_of_it():
    program = """
    model = nn.Linear(3, 5)
    optimizer = torch.optim.SGD(model.parameters(), 1e-2)
    for _ in range(3):
        x, y = torch.randn(6, 3), torch.randint(0, 5, (6,))
        scores = model(x)
        near = F.kl_div(scores.log_softmax(1), scores.softmax(1).detach(), reduction="batchmean")
        (slope,) = torch.autograd.grad(near, model.weight, create_graph=True)
        loss = F.cross_entropy(scores, y) + near + (slope * torch.ones(5, 3)).sum().pow(2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    """
    assert slugs(program, "") == []
