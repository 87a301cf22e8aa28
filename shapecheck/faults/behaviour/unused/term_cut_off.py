"""A term of a loss has no gradient by what is stepped for that loss."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
maker, judge = nn.Linear(3, 5), nn.Linear(5, 1)
makes, judges = (torch.optim.SGD(part.parameters(), 0.1) for part in (maker, judge))
for step in range(3):
    real, made = torch.randn(6, 5), maker(torch.randn(6, 3))
    loss = judge(made.detach()).mean() - judge(real).mean()
    judges.zero_grad()
    loss.backward()
    judges.step()
    loss = nn.functional.mse_loss(made, real) - judge(made.detach()).mean()
    makes.zero_grad()
    loss.backward()
    makes.step()
"""
)

GOOD = BAD.replace("mse_loss(made, real) - judge(made.detach())", "mse_loss(made, real) - judge(made)")

FAULT = Fault(
    code="SC778",
    slug="term_cut_off",
    headline="a term of a loss has no gradient by anything that is stepped for that loss",
    why=(
        "In the turn of the part that judges, what the other part has made is cut off, so that only the judge learns. "
        "In the turn of the other part it must not be: there the judgement is what it learns from. Cut off as well, "
        "the term changes the number that is printed, and nothing else. So does a penalty on weights that is reckoned "
        "of their numbers alone, as p.data has them: it draws no weight anywhere."
    ),
    recognise=sees("term_cut_off"),
    bad=BAD,
    good=GOOD,
    lesson="detach() belongs into the turn of the discriminator, not into that of the generator.",
)
