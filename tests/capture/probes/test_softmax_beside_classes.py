"""Measures of classes behind a softmax: along the classes, along something else, and where that is meant."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
net = nn.Conv1d(3, 5, 3, padding=1)
for _ in range(3):
    x, y = torch.randn(6, 3, 8), torch.randint(0, 5, (6, 8))
    scores = net(x)
    loss = F.cross_entropy(scores, y)
    loss.backward()
    {measured}
"""
# In evaluation the loss of the steps before says which axis holds the classes.
EVALUATED = """
net = nn.Conv2d(3, 4, 1)
optimizer = torch.optim.SGD(net.parameters(), 0.1)
for _ in range(3):
    optimizer.zero_grad()
    F.cross_entropy(net(torch.randn(5, 3, 6, 7)), torch.randint(0, 4, (5, 6, 7))).backward()
    optimizer.step()
net.eval()
x, y = torch.randn(5, 3, 6, 7), torch.randint(0, 4, (5, 6, 7))
with torch.no_grad():
    chances = net(x).softmax({dim})
    print((chances.argmax(1) == y).float().mean().item())
"""
RIGHT = "print(({guess} == y).float().mean().item())"


@pytest.mark.parametrize(
    "guess",
    [
        "scores.softmax(-1).argmax(1)",
        "F.log_softmax(scores.detach(), dim=2).max(1)[1]",
        "scores.transpose(1, 2).softmax(1).argmax(-1)",
    ],
)
def test_classes_that_are_normalised_over_something_else(guess):
    assert slugs(PROGRAM.format(measured=RIGHT.format(guess=guess)), "") == ["softmax_beside_classes"]


def test_the_softmax_goes_along_the_classes():
    ((slug, edits),) = audited(PROGRAM.format(measured=RIGHT.format(guess="scores.softmax(-1).argmax(1)")), "")
    assert slug == "softmax_beside_classes"
    assert [edit.strip() for edit in edits] == [RIGHT.format(guess="scores.softmax(1).argmax(1)")]


@pytest.mark.parametrize(
    "measured",
    [
        RIGHT.format(guess="scores.softmax(1).argmax(1)"),
        RIGHT.format(guess="scores.transpose(1, 2).softmax(-1).argmax(2)"),
        RIGHT.format(guess="scores.argmax(1)"),
        # When each class is likeliest, and which class is most at home at a position: neither is held against labels.
        "print(scores.softmax(-1).argmax(-1).float().mean().item())",
        "print(scores.softmax(-1).argmax(1).float().mean().item())",
        "print((scores.softmax(-1).argmax(1) == torch.zeros(6, 8).long()).float().mean().item())",
    ],
)
def test_what_is_normalised_over_the_classes_or_measured_otherwise(measured):
    assert slugs(PROGRAM.format(measured=measured), "") == []


@pytest.mark.parametrize(("dim", "is_wrong"), [("-1", True), ("2", True), ("dim=1", False), ("dim=-3", False)])
def test_maps_in_evaluation(dim, is_wrong):
    assert slugs(EVALUATED.format(dim=dim), "") == ["softmax_beside_classes"] * is_wrong
