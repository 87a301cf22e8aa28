"""A tensor that was made from another with its axes turned, and meets it again."""

import pytest
from mended import mended, printed

CODES = """
    class Codes(nn.Module):
        def __init__(self, count, width):
            super().__init__()
            self.book = nn.Embedding(count, width)

        def forward(self, z):
            rows = {there}.contiguous()
            nearest = torch.cdist(rows.flatten(0, -2), self.book.weight).argmin(1)
            q = self.book(nearest).view(rows.shape)
            return z + ({back} - z).detach()

    print(round(Codes(9, {width})(torch.randn({sizes})).std(0).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("there", "sizes", "back"),
    [
        # By their sizes alone two of the axes could as well be exchanged.
        ("z.permute(0, 2, 3, 1)", (2, 6, 4, 6), "q.permute(0, 3, 1, 2)"),
        ("z.movedim(1, -1)", (2, 6, 5, 5), "q.permute(0, 3, 1, 2)"),
        ("z.transpose(1, 2)", (2, 6, 11), "q.transpose(1, 2)"),
    ],
)
def test_it_is_turned_back(there, sizes, back):
    program = {"there": there, "sizes": ", ".join(map(str, sizes)), "width": sizes[1]}
    found = mended(CODES.format(back="q", **program))
    assert found.output == printed(CODES.format(back=back, **program))
    assert not found.doubts


PAIR = """
    z, q = torch.randn({z}), torch.randn({q})
    print(round((q - z).std(0).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("z", "q", "order"),
    [
        ((2, 3, 7, 7), (2, 7, 7, 3), (0, 3, 1, 2)),
        ((3, 7, 7), (7, 7, 3), (2, 0, 1)),
        ((2, 5, 3, 7, 7), (2, 5, 7, 7, 3), (0, 1, 4, 2, 3)),
        ((2, 6, 6, 6, 3), (2, 3, 6, 6, 6), (0, 2, 3, 4, 1)),
    ],
)
def test_a_square_image_with_its_channels_elsewhere_keeps_the_order_of_its_places(z, q, order):
    found = mended(PAIR.format(z=z, q=q))
    assert f"q.permute{order}" in found.changed[0]
    assert not found.doubts


@pytest.mark.parametrize(
    ("z", "q"), [((2, 6, 4, 6), (2, 4, 6, 6)), ((2, 5, 8, 8), (2, 8, 5, 8)), ((9, 7, 7), (7, 7, 9))]
)
def test_of_several_orders_that_fit_none_is_sure(z, q):
    found = mended(PAIR.format(z=z, q=q), most=1)
    assert found.diagnoses[0].fixes
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)


def test_what_came_of_something_else_is_not_turned_back():
    found = mended(
        """
        z, w = torch.randn(2, 6, 4, 6), torch.randn(2, 6, 4, 6)
        q = torch.relu(w.permute(0, 2, 3, 1))
        print((q - z).sum())
        """,
        most=1,
    )
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)


def test_what_was_turned_back_and_meets_what_was_turned_is_in_doubt():
    found = mended(
        """
        x, conv = torch.randn(2, 9, 6), nn.Conv1d(6, 6, 3, padding=1)
        x = x.transpose(1, 2)
        h = conv(x).transpose(1, 2)
        print((h + x).shape)
        """,
        most=1,
    )
    assert found.diagnoses[0].fixes
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)


def test_what_a_pool_reads_may_have_its_channels_in_front():
    program = """
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.{pool} = nn.Conv1d(5, 5, 3, padding=1), nn.{pool}(1)

        def forward(self, x):
            h = torch.relu(self.conv(x.transpose(1, 2)))
            h = h + x
            return self.{pool}(h)

    print(Block()(torch.randn(2, 9, 5)).shape)
    """
    found = mended(program.format(pool="AdaptiveAvgPool1d"), most=1)
    assert found.doubts
    assert not mended(program.format(pool="Softmax"), most=1).doubts


def test_what_meets_a_part_that_was_turned_for_a_product_is_in_doubt():
    found = mended(
        """
        x, layer = torch.randn(2, 5, 6), nn.Linear(6, 6)
        k = layer(x).transpose(1, 2)
        weights = torch.softmax(x @ k, -1)
        print((weights @ x + k).shape)
        """,
        most=1,
    )
    assert found.changed == ["print(((weights @ x).transpose(1, 2) + k).shape)"]
    assert found.doubts == ["what it meets was turned before, and may be what does not lie as it was meant"]


@pytest.mark.parametrize(
    ("sizes", "target", "order"), [("2, 1", "2, 9, 9, 3", (0, 3, 1, 2)), ("1", "9, 9, 3", (2, 0, 1))]
)
def test_images_that_a_loss_is_asked_for_keep_the_order_of_their_places(sizes, target, order):
    program = f"""
    x, wanted = torch.rand({sizes}, 9, 9), torch.rand({target})
    print(round(F.mse_loss(nn.Conv2d(1, 3, 3, padding=1)(x), GIVEN).item(), 4))
    """
    found = mended(program.replace("GIVEN", "wanted"))
    assert found.output == printed(program.replace("GIVEN", f"wanted.permute{order}"))
    assert not found.doubts
