"""Runs a program from its text, as an audited script would run, and says what was found."""

from __future__ import annotations

import linecache
import textwrap

from shapecheck.auditor import Auditor
from shapecheck.findings import Diagnosis

HEAD = """
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
"""
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in batches:
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
# A variational autoencoder, of whose loss one term is written by the test: of `parts`, or of `kl`.
VAE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean, self.logvar, self.decoder = nn.Linear(7, 3), nn.Linear(7, 3), nn.Linear(3, 7)

    def forward(self, x):
        mean, logvar = self.mean(x), self.logvar(x)
        return self.decoder(mean + torch.randn_like(mean) * (logvar / 2).exp()), mean, logvar


def criterion(out, target):
    decoded, mean, logvar = out
    parts = 1 + logvar - mean.pow(2) - logvar.exp()
    kl = -0.5 * parts
    return F.mse_loss(decoded, target) + 0.01 * {term}


model = Model()
batches = [(x, x) for x in torch.randn(3, 5, 7)]
"""


def audited(body: str, after: str = TRAIN) -> list[tuple[str, list[str]]]:
    """What is found in a program: the slug, and the lines of its edits."""
    return [
        (found.slug, [edit.replacement for fix in found.fixes for edit in fix.edits]) for found in _run(body, after)
    ]


def slugs(body: str, after: str = TRAIN) -> list[str]:
    """The same without the edits."""
    return [slug for slug, *_ in audited(body, after)]


def lines_told(body: str, after: str = TRAIN) -> list[str]:
    """The lines at which something is found in a program."""
    return [linecache.getline(found.place.file, found.place.line).strip() for found in _run(body, after) if found.place]


def how_certain(body: str, after: str = TRAIN) -> list[tuple[str, str]]:
    """How certain each finding in a program is, and how bad."""
    return [(found.certainty, found.severity) for found in _run(body, after)]


def _run(body: str, after: str) -> list[Diagnosis]:
    program = HEAD + textwrap.dedent(body) + after
    name = f"<program {abs(hash(program))}>"
    linecache.cache[name] = (len(program), None, program.splitlines(keepends=True), name)
    auditor = Auditor()
    auditor.start()
    try:
        exec(compile(program, name, "exec"), {"__name__": "__main__"})
    finally:
        auditor.stop()
    # What a probe raises is no answer: it must say what it could not judge, and why.
    assert not [item for item in auditor.not_checked if "failed itself" in item.why or "IndexError" in item.why]
    return list(auditor.diagnoses)
