"""The edits that mend an activation in front of a loss: each is put into the program, which then has no finding."""

from __future__ import annotations

import pytest
from programs import audited, slugs

LAST = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.last = nn.Linear(7, 8), nn.Linear(8, {width})
        {made}

    def forward(self, x):
        h = self.last(self.inner(x).relu())
        {told}


model, criterion = Model(), {loss}
batches = [(torch.randn(5, 7), {target}) for _ in range(3)]
"""
LABELS, SHARES = "torch.randint(0, 3, (5,))", "torch.randint(0, 2, (5, 1)).float()"
CASES = [
    ("", "return F.softmax(h, dim=1)", "nn.CrossEntropyLoss()", "return h"),
    ("", "return h.softmax(-1)", "nn.CrossEntropyLoss()", "return h"),
    ("import torch as th; self.th = th", "return self.th.softmax(h, 1)", "nn.CrossEntropyLoss()", "return h"),
    ("", "return torch.softmax(h * 2 + 1, 1)", "nn.CrossEntropyLoss()", "return (h * 2 + 1)"),
    ("self.act = nn.Softmax(dim=1)", "return self.act(h)", "nn.CrossEntropyLoss()", "return h"),
    ("", "return torch.sigmoid(h)", "nn.BCEWithLogitsLoss()", "return h"),
    ("self.act = nn.Sigmoid()", "return self.act(h)", "nn.BCEWithLogitsLoss()", "return h"),
    ("", "return F.softmax(h, dim=1)", "nn.NLLLoss()", "return F.log_softmax(h, dim=1)"),
    ("", "return h.softmax(dim=1)", "nn.NLLLoss()", "return h.log_softmax(dim=1)"),
]


@pytest.mark.parametrize(("made", "told", "loss", "edited"), CASES)
def test_the_line_of_the_activation_is_edited(made, told, loss, edited):
    is_binary = "BCE" in loss
    rest = {"width": 1 if is_binary else 3, "target": SHARES if is_binary else LABELS, "loss": loss}
    ((slug, edits),) = audited(LAST.format(made=made, told=told, **rest))
    assert slug in ("activation_twice", "probabilities_instead_of_logarithms")
    assert [edit.strip() for edit in edits] == [edited]
    assert slugs(LAST.format(made=made, told=edited, **rest)) == []


@pytest.mark.parametrize(
    ("loss", "kept", "edited"),
    [
        ("nn.CrossEntropyLoss()", "nn.Linear(8, 3), nn.Softmax(dim=1))", "nn.Linear(8, 3), nn.Identity())"),
        ("nn.NLLLoss()", "nn.Linear(8, 3), nn.Softmax(dim=1))", "nn.Linear(8, 3), nn.LogSoftmax(dim=1))"),
    ],
)
def test_a_layer_of_a_sequential_is_edited_where_it_is_made(loss, kept, edited):
    program = f"""
    model = nn.Sequential(nn.Linear(7, 8), nn.ReLU(), {{layers}}
    criterion = {loss}
    batches = [(torch.randn(5, 7), torch.randint(0, 3, (5,))) for _ in range(3)]
    """
    ((_, edits),) = audited(program.format(layers=kept))
    assert [edit.strip() for edit in edits] == [f"model = nn.Sequential(nn.Linear(7, 8), nn.ReLU(), {edited}"]
    assert slugs(program.format(layers=edited)) == []


def test_probabilities_that_a_layer_makes_under_another_name_are_edited_there_as_well():
    made = "self.act = nn.Softmax(dim=1)"
    ((slug, edits),) = audited(
        LAST.format(made=made, told="return self.act(h)", loss="nn.NLLLoss()", width=3, target=LABELS)
    )
    assert slug == "probabilities_instead_of_logarithms"
    assert [edit.strip() for edit in edits] == ["self.act = nn.LogSoftmax(dim=1)"]


SHARED = """
class Both(nn.Module):
    def first(self, given, target):
        return F.binary_cross_entropy_with_logits(given, target, reduction="none").mean()

    def second(self, given, target):
        return 1 - (given * target).sum() / (given + target).sum()

    def forward(self, scores, target):
        shares = torch.sigmoid(scores)
        return self.first({given}, target) + self.second(shares, target)


model, criterion = nn.Linear(7, 1), Both()
batches = [(torch.randn(5, 7), torch.randint(0, 2, (5, 1)).float()) for _ in range(3)]
"""


def test_shares_that_another_term_needs_are_left_and_the_loss_is_changed():
    ((slug, edits),) = audited(SHARED.format(given="shares"))
    assert slug == "activation_twice"
    assert [edit.strip() for edit in edits] == ['return F.binary_cross_entropy(given, target, reduction="none").mean()']
    assert slugs(SHARED.format(given="scores")) == []
