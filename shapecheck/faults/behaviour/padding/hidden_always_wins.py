"""What is hidden with a number of the wrong sign is chosen every time."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """

def hardest(embedded, _):
    near = nn.functional.normalize(embedded, dim=1)
    similarities = near @ near.t()
    distances = 1 - similarities.fill_diagonal_(-torch.inf)
    farthest = distances.max(dim=1).values
    return torch.relu(0.5 - farthest).mean() + embedded.square().mean()


report = audit(nn.Linear(3, 6), hardest, (torch.randn(5, 3), torch.arange(5)))
"""
)

GOOD = BAD.replace("-torch.inf", "torch.inf")

FAULT = Fault(
    code="SC779",
    slug="hidden_always_wins",
    headline="what is filled in to be hidden is the largest or smallest of every row",
    why=(
        "Places are hidden from a search by a number that can only lose: -inf where the largest is sought, inf where "
        "the smallest is. With the other sign, or with a minus between the filling and the search, they win every "
        "time, and what the model says has no part in the result."
    ),
    recognise=sees("hidden_always_wins"),
    bad=BAD,
    good=GOOD,
    lesson="Fill with -inf in front of max, and with inf in front of min; a minus in between turns that round.",
)
