"""No family of remedies stumbles over an operand that has no shape, or none of the usual."""

import pytest
from mended import mended

from shapecheck.remedies import _families, remedies
from shapecheck.scripts import mending

ODD = (
    "(torch.rand(2, 4), 1)",
    "[torch.rand(2, 4)]",
    "None",
    "3",
    "'x'",
    "torch.rand(())",
    "torch.rand(0, 3)",
    "torch.rand(3, 0)",
    "torch.zeros(0, dtype=torch.long)",
    "torch.rand(2, 1, 1, 3, 1)",
    "{}",
)
CALLS = (
    "nn.Linear(4, 2)(x)",
    "nn.Linear(4, 2)(torch.cat([nn.Flatten()(torch.rand(2, 5)), torch.rand(2, 3)], 1) if x is None else x)",
    "nn.Conv2d(3, 4, 3)(x)",
    "nn.BatchNorm1d(4)(x)",
    "nn.LSTM(4, 3)(x)",
    "nn.GRU(4, 3)(torch.rand(5, 2, 4), x)",
    "nn.LSTMCell(4, 3)(torch.rand(2, 4), x)",
    "nn.Embedding(9, 4)(x)",
    "nn.MultiheadAttention(4, 2)(x, x, x)",
    "F.cross_entropy(x, torch.tensor([0, 1]))",
    "F.mse_loss(torch.rand(2, 3), x)",
    "torch.cat([torch.rand(2, 4), x])",
    "torch.stack(x)",
    "torch.rand(3, 5) @ x",
    "torch.rand(3, 5).view(x)",
    "torch.rand(3, 5)[x, 7]",
    "torch.rand(2, 6).expand(x)",
    "torch.rand(2, 6).gather(1, x)",
    "torch.rand(2, 6) + torch.as_tensor(x)",
    "torch.bmm(x, torch.rand(2, 3, 4))",
    "x.transpose(1, 2).permute(0, 2, 1)",
    "x.squeeze(7)",
    "F.binary_cross_entropy_with_logits(torch.rand(2, 3), x)",
    "F.nll_loss(torch.rand(2, 3), x)",
    "F.ctc_loss(torch.rand(5, 2, 4), x, torch.tensor([5, 5]), torch.tensor([2, 2]))",
    "F.pad(x, (0, 1, 2))",
    "nn.LayerNorm(4)(x)",
    "nn.TransformerEncoderLayer(4, 2)(x)",
    "nn.utils.rnn.pack_padded_sequence(torch.rand(3, 2, 4), x)",
    "nn.utils.rnn.pad_sequence(x)",
    "F.scaled_dot_product_attention(torch.rand(2, 3, 4), torch.rand(2, 5, 4), x)",
    "torch.einsum('ij,jk->ik', torch.rand(3, 5), x)",
)


@pytest.mark.parametrize("call", CALLS)
def test_every_family_answers(monkeypatch, call):
    asked = []
    monkeypatch.setattr(mending, "remedies", lambda evidence: asked.append(evidence) or remedies(evidence))
    for odd in ODD:
        mended(f"x = {odd}\ny = {call}\n", most=1)
    assert asked
    for evidence in asked:
        for candidates in _families():
            candidates(evidence)
