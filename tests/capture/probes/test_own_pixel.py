"""Models of images that are their own targets: those that see the pixel they are asked for, and autoencoders."""

from __future__ import annotations

import pytest
from programs import slugs

MODEL = """
class Masked(nn.Conv2d):
    def __init__(self, width, out, kind, size=3):
        super().__init__(width, out, size, padding=size // 2)
        mask, half = torch.ones(size, size), size // 2
        if kind in "AB":
            mask[half + 1:] = 0
            mask[half, half + (kind == "B"):] = 0
        if kind == "corner":
            mask[half + 1:] = 0
            mask[:, half + 1:] = 0
        if kind == "rows":
            mask[half + 1:] = 0
        self.register_buffer("mask", mask)

    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask, self.bias, padding=self.kernel_size[0] // 2)

class Own(Masked):
    def forward(self, x):
        return self._conv_forward(x, self.weight.masked_fill(self.mask == 0, 0.0), self.bias)

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.next = {layer}(1, 8, "{first}", {size}), {layer}(8, 8, "{next}", {size})
        self.last = nn.Conv2d(8, {classes}, 1)

    def forward(self, x):
        {before}
        h = torch.relu(self.first(x))
        h = h + torch.relu(self.next(h))
        return self.last(h)

model = Model()
optimizer = torch.optim.Adam(model.parameters(), 0.01)
for _ in range(1):
    x = (torch.rand(5, 1, 7, 6) < 0.5).float()
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
BINARY = {"classes": 1, "loss": "F.binary_cross_entropy_with_logits(model(x), x)"}
SCALED = {"classes": 1, "loss": "F.binary_cross_entropy_with_logits(model(2 * x - 1), x)"}
CLASSES = {"classes": 2, "loss": "F.cross_entropy(model(x), x[:, 0].long())"}


def program(first, then="B", *, way=BINARY, layer="Masked", size=3, before="pass"):
    return MODEL.format(first=first, next=then, layer=layer, size=size, before=before, **way)


@pytest.mark.parametrize("way", [BINARY, SCALED, CLASSES])
@pytest.mark.parametrize(("layer", "size"), [("Masked", 3), ("Masked", 5), ("Own", 3)])
def test_a_first_layer_that_lets_the_centre_through_gives_the_answer_away(way, layer, size):
    assert slugs(program("B", way=way, layer=layer, size=size), "") == ["own_pixel_seen"]


@pytest.mark.parametrize("way", [BINARY, SCALED, CLASSES])
@pytest.mark.parametrize(
    ("first", "then"), [("A", "B"), ("A", "A"), ("all", "all"), ("B", "all"), ("corner", "corner"), ("rows", "rows")]
)
def test_what_sees_less_or_all_of_the_image_is_left_alone(first, then, way):
    assert "own_pixel_seen" not in slugs(program(first, then, way=way), "")


@pytest.mark.parametrize("before", ["x = x * (torch.rand_like(x) < 0.7)", "x = x + torch.randn_like(x)"])
def test_an_image_that_was_spoilt_may_be_asked_for(before):
    assert "own_pixel_seen" not in slugs(program("B", before=before), "")


COLUMNS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        order, degree = {order}, torch.arange(23) % 6
        self.first, self.last = nn.Linear(7, 23), nn.Linear(23, 7)
        self.register_buffer("into", (degree[:, None] >= order).float())
        self.register_buffer("out_of", (order[:, None] {sees} degree).float())

    def forward(self, x):
        h = torch.relu(F.linear({noise}x, self.first.weight * self.into, self.first.bias))
        return F.linear(h, self.last.weight{mask}, self.last.bias)


model, criterion = Model(), {loss}
batches = [(x, x) for x in (torch.rand(3, 9, 7) < 0.5).float()]
"""
IN_TURN = {"order": "torch.arange(7)", "mask": " * self.out_of", "loss": "nn.BCEWithLogitsLoss()", "noise": ""}
ANY_ORDER = {"order": "torch.randperm(7)", "loss": "nn.MSELoss()"}


@pytest.mark.parametrize("changes", [{}, ANY_ORDER], ids=["in_turn", "any_order"])
def test_columns_that_see_themselves_among_those_in_front(changes):
    assert slugs(COLUMNS.format(sees=">=", **IN_TURN | changes)) == ["own_pixel_seen"]


@pytest.mark.parametrize(
    ("sees", "changes"),
    [
        (">", {}),
        (">", ANY_ORDER),
        # An autoencoder of which some weights are left out, and one that is given other rows than it is asked for.
        (">=", {"mask": ""}),
        (">=", {"mask": " * (torch.arange(23) % 3 > 0)"}),
        (">=", {"noise": "0.3 * torch.randn_like(x) + "}),
    ],
)
def test_columns_that_know_others_or_all(sees, changes):
    assert slugs(COLUMNS.format(sees=sees, **IN_TURN | changes)) == []
