"""What stands for a class was made of the examples of all classes."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(3, 6)

    def forward(self, episode):
        classes, examples = 5, 6
        support = self.embed(episode[:, :examples].flatten(0, 1)).view(classes, examples, -1)
        prototypes = support.mean(dim=0)
        return -torch.cdist(self.embed(episode[:, examples:].flatten(0, 1)), prototypes)


batch = torch.randn(5, 8, 3), torch.arange(5).repeat_interleave(2)
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("mean(dim=0)", "mean(dim=1)")

FAULT = Fault(
    code="SC812",
    slug="examples_of_all_classes",
    headline="what stands for a class was made of the examples of all classes",
    why=(
        "Of (classes, examples, features) the mean over the examples is one prototype for each class. Over the classes "
        "it is one for each place among the examples, and nothing complains where there are no fewer of these than "
        "classes."
    ),
    recognise=sees("examples_of_all_classes"),
    bad=BAD,
    good=GOOD,
    lesson="A mean takes away the axis that it runs along: name the axis that must remain.",
)
