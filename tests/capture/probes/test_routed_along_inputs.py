"""Routings by agreement, whose weights are shared out among the outputs or among the inputs."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.guess, self.shared = nn.Parameter(torch.randn(6, 3, 4, 5) * 0.3), nn.Linear(5, 4)

    def forward(self, x):
        {body}
        return F.pad(out.flatten(1), (0, 5))[:, :3]


def squash(s):
    return s / (1 + s.norm(dim=-1, keepdim=True))


model = Model()
optimizer = torch.optim.Adam(model.parameters(), 0.01)
loss = F.cross_entropy(model(torch.randn(7, 6, 5)), torch.arange(7) % 3)
loss.backward()
optimizer.step()
"""
SUMMED = """u = torch.einsum("iodk,bik->biod", self.guess, x)
        b = torch.zeros(7, 6, 3)
        for r in range(3):
            c = F.softmax(b, dim={dim})
            out = squash((c.unsqueeze(-1) * u).sum(1))
            b = b + (u * out.unsqueeze(1)).sum(-1)"""
LETTERS = SUMMED.replace("(c.unsqueeze(-1) * u).sum(1)", "torch.einsum('bio,biod->bod', c, u)")
OF_ALL = SUMMED.replace("zeros(7, 6, 3)", "zeros(1, 6, 3)").replace(".sum(-1)", ".sum(-1).mean(0, keepdim=True)")
WIDE = """u = torch.einsum("iodk,bik->obid", self.guess, x).unsqueeze(3)
        b = torch.zeros_like(u)
        for r in range(3):
            c = b.softmax(dim={dim})
            out = squash((c * u).sum(dim=2, keepdim=True))
            b = b + (u * out).sum(dim=-1, keepdim=True)
        out = out.squeeze(2).squeeze(2).transpose(0, 1)"""


@pytest.mark.parametrize(("body", "wrong", "right"), [(SUMMED, 1, 2), (LETTERS, 1, 2), (WIDE, 2, 0)])
def test_a_routing_shares_each_output_out_among_the_inputs(body, wrong, right):
    ((slug, (edit,)),) = audited(PROGRAM.format(body=body.format(dim=wrong)), "")
    assert slug == "routed_along_inputs"
    assert f"softmax(b, dim={right})" in edit or f"softmax(dim={right})" in edit
    assert slugs(PROGRAM.format(body=body.format(dim=right)), "") == []


def test_a_routing_whose_scores_are_those_of_all_samples():
    assert "routed_along_inputs" in slugs(PROGRAM.format(body=OF_ALL.format(dim=1)), "")


@pytest.mark.parametrize(
    "body",
    [
        # An attention in rounds: all outputs read the same values.
        SUMMED.format(dim=1).replace('torch.einsum("iodk,bik->biod", self.guess, x)', "self.shared(x).unsqueeze(2)"),
        # Nothing is made of how long an output is.
        SUMMED.format(dim=1).replace("squash(", "("),
        # Each round scores anew.
        SUMMED.format(dim=1).replace("b = b + ", "b = "),
        # The scores begin with what the inputs say.
        SUMMED.format(dim=1).replace("torch.zeros(7, 6, 3)", "u.sum(-1)"),
    ],
)
def test_weights_that_are_shared_out_among_what_is_read(body):
    assert "routed_along_inputs" not in slugs(PROGRAM.format(body=body), "")
