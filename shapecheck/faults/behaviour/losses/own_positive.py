"""The positives of a contrastive loss hold each sample with itself."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
def contrast(z, labels):
    z = nn.functional.normalize(z, dim=1)
    alike = z @ z.t() / 0.2
    others = 1 - torch.eye(len(z))
    same = (labels[:, None] == labels[None]).float()
    logs = alike - (alike.exp() * others).sum(1, keepdim=True).log()
    return -((same * logs).sum(1) / same.sum(1).clamp(min=1)).mean()


batch = torch.randn(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])
report = audit(nn.Linear(4, 5), contrast, batch)
"""
)

GOOD = BAD.replace("labels[None]).float()", "labels[None]).float() * others")

FAULT = Fault(
    code="SC857",
    slug="own_positive",
    headline="a contrastive loss counts each sample as its own positive",
    why=(
        "Each sample has the label of itself, so a table of equal labels has ones along its diagonal. The similarity "
        "of a sample to itself is as high as can be and teaches nothing: it only takes part in the mean."
    ),
    recognise=sees("own_positive"),
    bad=BAD,
    good=GOOD,
    lesson="Take the diagonal out of the positives as well as out of the sum of all pairs.",
)
