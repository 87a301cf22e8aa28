"""Maps with their channels last, viewed as if they had them first: the classes are the last axis."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Head(nn.Module):
        def __init__(self, width, shapes, labels):
            super().__init__()
            self.labels, self.score = labels, nn.Conv2d(width, shapes * labels, 1)

        def forward(self, maps):
            {}

    y = Head(4, 3, 5)([torch.randn(2, 4, n, n + 1) for n in (8, 4, 3)])
    print(y.shape, round(y[..., 0].sum().item(), 4))
"""
FILLED = """found = []
            for m in maps:
                z = {}
                found.append(z.{}(len(m), {}))
            return torch.cat(found, dim=1)"""
TURNED = "self.score(m).permute(0, 2, 3, 1)"


@pytest.mark.parametrize(
    "body",
    [
        FILLED.format(TURNED, "view", "{}"),
        FILLED.format(f"{TURNED}.contiguous()", "view", "{}"),
        FILLED.format(TURNED, "reshape", "{}"),
        FILLED.format("self.score(m).flatten(2).transpose(1, 2)", "view", "{}"),
        f"return torch.cat([{TURNED}.reshape(len(m), {{}}) for m in maps], 1)",
    ],
)
def test_the_classes_go_behind_the_places(body):
    found = mended(PROGRAM.format(body.format("self.labels, -1")), most=1)
    right = body.format("-1, self.labels").replace("z.view(", "z.reshape(")
    assert found.output == printed(PROGRAM.format(right))
    assert not found.doubts


def test_where_nothing_is_joined_the_classes_may_be_wanted_in_front():
    body = f"z = {TURNED.replace('(m)', '(maps[0])')}; return z.view(len(z), {{}})"
    found = mended(PROGRAM.format(body.format("self.labels, -1")), most=1)
    assert found.output == printed(PROGRAM.format(body.format("-1, self.labels").replace("view", "reshape")))
    assert found.doubts


@pytest.mark.parametrize("sizes", ["z.size(1), -1", "-1, 4, 15", "-1"])
def test_a_view_that_leaves_the_places_together_is_made_of_a_copy(sizes):
    body = f"z = {TURNED.replace('(m)', '(maps[1])')}; return z.{{}}(len(z), {sizes})"
    found = mended(PROGRAM.format(body.format("view")), most=1)
    assert found.output == printed(PROGRAM.format(body.format("reshape")))
    assert not found.doubts


def test_maps_with_their_channels_first_are_joined_otherwise():
    body = FILLED.format("self.score(m)", "view", "self.labels, -1")
    found = mended(PROGRAM.format(body), most=1)
    assert not any("-1, self.labels" in fix.title for each in found.diagnoses for fix in each.fixes)
