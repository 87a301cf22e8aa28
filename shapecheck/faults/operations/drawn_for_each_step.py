"""Numbers are to be drawn by the probabilities of many steps at once: multinomial takes those of one step."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, operand, says

_MESSAGES = (r"prob_dist must be 1 or 2 dim",)


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "multinomial")
    given = operand(operation, "input")
    if given is None or given.value.record is None or not says(evidence, *_MESSAGES):
        return None
    shape = given.value.record.shape
    return Recognition(f"{given.expression} is {shape}: probabilities for {len(shape) - 1} axes of rows", weight=6)


BAD = """\
import torch
from torch import nn

embed, gru, head = nn.Embedding(9, 6), nn.GRU(6, 8, batch_first=True), nn.Linear(8, 9)
tokens = torch.randint(9, (2, 5))  # (batch_size, seq_length)
probabilities = head(gru(embed(tokens))[0]).softmax(-1)
token = torch.multinomial(probabilities, 1)
print(token.shape)
"""

GOOD = BAD.replace("multinomial(probabilities, 1)", "multinomial(probabilities[:, -1], 1)")

FAULT = Fault(
    code="SC575",
    slug="drawn_for_each_step",
    headline="multinomial draws for one step of each sequence, and it was given all of them",
    why=(
        "A model of sequences returns probabilities for each step, (batch_size, seq_length, num_classes). The next "
        "token is drawn by those of the last step, (batch_size, num_classes), for which multinomial returns "
        "(batch_size, 1): a column that can be joined to the tokens."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Take the last step, out[:, -1], before softmax and draw.",
    messages=_MESSAGES,
)
