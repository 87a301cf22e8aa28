"""Losses of two parts that play against each other, one of whose terms is cut off from what it is to train."""

from __future__ import annotations

import pytest
from programs import audited, slugs

GAN = """
maker, judge = nn.Linear(3, 5), nn.Linear(5, 1)
makes, judges = (torch.optim.SGD(part.parameters(), 0.01) for part in (maker, judge))
{before}
for count in range(3):
    real, made = torch.randn(6, 5), maker(torch.randn(6, 3))
    loss = judge(made.detach()).mean() - judge(real).mean()
    judges.zero_grad()
    loss.backward()
    judges.step()
    {made}
    {loss}
    makes.zero_grad()
    loss.backward()
    {steps}
"""
CUT = "score = judge(made.detach())"
SUM = "loss = F.l1_loss(made, real) - 0.5 * score.mean()"


def gan(made: str = CUT, loss: str = SUM, steps: str = "makes.step()", before: str = "") -> str:
    return GAN.format(made=made, loss=loss, steps=steps, before=before)


def test_what_the_judge_says_is_heard_by_nobody():
    assert audited(gan(), "") == [("term_cut_off", ["    score = judge(made)\n"])]


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        (gan("score = judge(made.data)", "loss = (F.l1_loss(made, real) + (-score.mean())) / 2"), True),
        (gan(f"judge.requires_grad_(count < 0); {CUT}", SUM + "; judge.requires_grad_(True)"), True),
        (gan("with torch.no_grad(): score = judge(made)"), True),
        (gan("score = judge(made)"), False),
        # The judge learns of it, too; or the term has a part that is not cut.
        (gan(steps="makes.step(); judges.step()"), False),
        (gan(loss="loss = F.l1_loss(made, real) * score.mean()"), False),
        # It is the level of one that is not cut.
        (gan("with torch.no_grad(): level = judge(made)", "loss = level.mean() - judge(made).mean()"), False),
        # For a time.
        (gan("score = judge(made.detach() if count < 9 else made)"), False),
        # What is cut off was made by nothing that is stepped.
        (gan("score = judge(real.detach())"), False),
    ],
)
def test_terms(text, is_wrong):
    assert slugs(text, "") == ["term_cut_off"] * is_wrong


PUT_BY = """
maker, judge = nn.Linear(3, 5), nn.Linear(5, 1)
makes, judges = (torch.optim.SGD(part.parameters(), 0.01) for part in (maker, judge))
for count in range(3):
    makes.zero_grad(), judges.zero_grad()
    real, made = torch.randn(6, 5), maker(torch.randn(6, 3))
    loss = F.l1_loss(made, real) + judge(made.detach()).mean()
    loss.backward()
    makes.step()
    {between}
    loss = -judge(torch.randn(6, 5)).mean()
    loss.backward()
    judges.step()
"""


def test_the_judge_puts_by_what_it_learns_until_its_own_turn():
    assert slugs(PUT_BY.format(between="judges.zero_grad()"), "") == ["term_cut_off"]
    assert slugs(PUT_BY.format(between=""), "") == []


PENALTY = """
model = nn.Linear(3, 5)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for count in range(3):
    loss = F.mse_loss(model(torch.randn(6, 3)), torch.randn(6, 5))
    {penalty}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_a_penalty_that_draws_no_weight():
    loss = "loss = loss + 0.1 * sum(p{}.pow(2).sum() for p in model.parameters())"
    line = "    " + loss.format("") + "\n"
    for cut in (".data", ".detach()"):
        assert audited(PENALTY.format(penalty=loss.format(cut)), "") == [("term_cut_off", [line])]
    assert slugs(PENALTY.format(penalty=loss.format("")), "") == []
    cut = loss.format(".data")
    # The weights decay by other means, and the loss tells of it; or the penalty is to leave the number as it is.
    for told in ("weight_decay=0.2", "lr=0.01"):
        decays = PENALTY.replace("0.01)", f"0.01, {told})" if "lr" not in told else "0.01)")
        by_hand = "" if "lr" not in told else "\n    with torch.no_grad(): model.weight.mul_(0.9), model.bias.mul_(0.9)"
        assert slugs(decays.format(penalty=cut) + by_hand, "") == []
    assert slugs(PENALTY.format(penalty=loss.format("") + "; " + cut.replace("+", "-")), "") == []
    # What is taken off as a number may be there to be looked at.
    assert slugs(PENALTY.format(penalty="loss = loss - loss.detach() + 1"), "") == []
