"""What was tried several times for each sample is held against the tries of other samples."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

model = nn.Linear(3, 5)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for step in range(3):
    prompts = torch.randn(4, 3).repeat_interleave(6, dim=0)
    scores = model(prompts).log_softmax(-1)
    choice = torch.multinomial(scores.detach().exp(), 1)
    rewards = (choice == prompts.argmax(-1, keepdim=True)).float().view(4, 6)
    gain = rewards - rewards.mean(dim=0, keepdim=True)
    loss = -(gain.flatten() * scores.gather(1, choice).squeeze(1)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("mean(dim=0", "mean(dim=1")

FAULT = Fault(
    code="SC776",
    slug="copies_of_others",
    headline="the tries of a sample are held against those of other samples",
    why=(
        "Rewards of (sample, try) minus their mean(dim=1) say how good a try was among those of its sample. With "
        "mean(dim=0) the k-th tries of all samples are compared, which have nothing in common: what is easy is praised "
        "and what is hard is blamed, whatever was tried."
    ),
    recognise=sees("copies_of_others"),
    bad=BAD,
    good=GOOD,
    lesson="Behind repeat_interleave(k) and view(samples, k) the tries of a sample lie along axis 1.",
)
