"""Layer norms over all steps of a sequence at once, and over the features of each step."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class {name}(nn.Module):
    def forward(self, h):
        return {norm}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.norm, self.last = nn.Linear(3, 4), {name}(), nn.Linear(4, 2)
        self.look = {look}

    def forward(self, x):
        return self.last({body})


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, count, 3), torch.randn(5, count, 2)) for count in {counts}]
"""
LOOK = "nn.MultiheadAttention(4, 2, batch_first=True)"
BEFORE = "self.look(h := self.norm(self.read(x)), h, h)[0]"
BEHIND = "self.norm(self.look(h := self.read(x), h, h)[0] + h)"
WALKED = "self.look(self.norm(self.read(x)))[0]"
OWN, FIXED = "F.layer_norm(h, h.shape[1:])", "F.layer_norm(h, (6, 4))"


def program(norm, *, name="Norm", look=LOOK, body=BEFORE, counts=(6, 6)):
    return PROGRAM.format(name=name, norm=norm, look=look, body=body, counts=counts)


@pytest.mark.parametrize(
    "text",
    [
        program(OWN),
        program("F.layer_norm(h, normalized_shape=list(h.size()[1:]))", body=BEHIND),
        program("F.layer_norm(h, [h.size(1), h.size(2)])", counts=(6, 8, 7)),
        program(OWN, look="nn.GRU(4, 4, batch_first=True)", body=WALKED),
    ],
)
def test_all_steps_share_one_mean(text):
    assert slugs(text) == ["norm_over_steps"]


def test_the_slice_is_changed():
    assert audited(program(OWN)) == [("norm_over_steps", ["        return F.layer_norm(h, h.shape[-1:])\n"])]


@pytest.mark.parametrize(
    "text",
    [
        program("F.layer_norm(h, h.shape[-1:])"),
        # It was made for so many steps, or says that it is meant for all.
        program(FIXED),
        program(OWN, name="SetNorm"),
        # What is given is scaled as a whole, or nothing walks along the steps.
        program("h", body="self.look(h := self.read(F.layer_norm(x, x.shape[1:])), h, h)[0]"),
        program(OWN, look="nn.Linear(4, 4)", body="self.look(self.norm(self.read(x)))"),
    ],
)
def test_norms_of_one_step_or_meant_for_all(text):
    assert "norm_over_steps" not in slugs(text)
