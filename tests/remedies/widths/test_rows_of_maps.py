"""A view by the width of other maps, which makes other rows of the samples."""

import pytest
from mended import mended, printed

PROGRAM = """
    {flat}
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Conv2d(3, 8, 3, padding=1)
            self.out = nn.Linear({width}, 5)

        def forward(self, x):
            x = F.max_pool2d(self.body(x), 4)
            return self.out(x.view(-1, {width}))

    images, labels = torch.rand({images}, 3, {side}), torch.randint(5, ({labels},))
    scores = Net()(images)
    print(round(F.cross_entropy(scores, labels).item(), 4))
"""


@pytest.mark.parametrize(
    ("flat", "width", "right", "side"),
    [
        ("", "8 * 7 * 7", "8 * 8 * 8", "32, 32"),
        ("", "392", "512", "32, 32"),
        ("", "8 * 7 * 7", "8 * 7 * 8", "28, 32"),
        ("FLAT = 8 * 7 * 7", "FLAT", "FLAT = 8 * 8 * 8", "32, 32"),
    ],
)
def test_the_width_is_written_anew_for_the_view_and_the_linear(flat, width, right, side):
    parts = {"side": side, "images": 49, "labels": 49}
    found = mended(PROGRAM.format(flat=flat, width=width, **parts), most=1)
    assert found.diagnoses[0].slug == "flat_width_written_down"
    good = {"flat": right, "width": width} if flat else {"flat": "", "width": right}
    assert found.output == printed(PROGRAM.format(**good, **parts))
    assert not found.doubts


def test_labels_of_other_samples_are_no_matter_of_the_width():
    found = mended(PROGRAM.format(flat="", width="8 * 7 * 7", side="28, 28", images=24, labels=12), most=1)
    assert found.diagnoses[0].slug != "flat_width_written_down"
    assert "nn.Linear(8 * 7 * 7, 5)" in found.text


def test_a_width_that_no_number_of_samples_gives_is_left():
    found = mended(PROGRAM.format(flat="", width="8 * 8 * 8", side="32, 32", images=14, labels=15), most=1)
    assert "nn.Linear(8 * 8 * 8, 5)" in found.text


FLAT = """
    class Net(nn.Module):
        def __init__(self, width=4):
            super().__init__()
            self.body = nn.Conv2d(3, 8, 3)
            self.out = nn.Linear({width}, 5)

        def forward(self, x):
            return self.out(self.body(x).flatten(1))

    print(Net()(torch.rand(4, 3, {side})).shape)
"""


@pytest.mark.parametrize(
    ("width", "side", "right"),
    [("8 * 7 * 7", "10, 10", "8 * 8 * 8"), ("8 * 6 * 7", "8, 8", "8 * 6 * 6")],
)
def test_a_product_of_numbers_is_written_as_a_product(width, side, right):
    found = mended(FLAT.format(width=width, side=side), most=1)
    assert found.changed == [f"self.out = nn.Linear({right}, 5)"]
    assert found.output != "crashed"
    assert not found.doubts


@pytest.mark.parametrize("width", ["8 * 5 * width", "11 * 7 * 13"])
def test_a_number_over_something_else_is_in_doubt(width):
    found = mended(FLAT.format(width=width, side="8, 8"), most=1)
    told = [fix for fix in found.diagnoses[0].fixes if "288" in fix.title]
    assert told
    assert all(fix.doubt for fix in told)


@pytest.mark.parametrize(("width", "right"), [("8 * 8 * 8", "8 * 6 * 6"), ("8 * 3 * 3", "8 * 6 * 6")])
def test_maps_that_came_smaller_or_twice_as_large_leave_the_product_in_doubt(width, right):
    found = mended(FLAT.format(width=width, side="8, 8").replace("width=4", "width=5"), most=1)
    assert found.changed == [f"self.out = nn.Linear({right}, 5)"]
    assert found.doubts


def test_maps_that_no_layer_would_have_made_as_written_leave_no_doubt():
    found = mended(FLAT.format(width="8 * 7 * 7", side="8, 8").replace("width=4", "width=5"), most=1)
    assert found.changed == ["self.out = nn.Linear(8 * 6 * 6, 5)"]
    assert not found.doubts


@pytest.mark.parametrize("cut", ["", ".unfold(2, 8, 8).unfold(3, 8, 8)"])
def test_rows_that_may_be_parts_of_samples_are_in_doubt(cut):
    shape = "6, 1, 16, 16" if cut else "6, 2, 1, 8, 8"
    found = mended(
        f"""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.out = nn.Linear(64, 3)

            def forward(self, x):
                return self.out(x{cut}.reshape(-1, 64))

        videos, labels = torch.randn({shape}), torch.randint(3, (6,))
        print(round(F.cross_entropy(Net()(videos), labels).item(), 4))
        """,
        most=1,
    )
    assert found.doubts


@pytest.mark.parametrize(("more", "is_sure"), [("", True), ("self.up = nn.Linear(5, 8 * 7 * 7)", False)])
def test_a_product_that_is_told_to_something_else_too_is_in_doubt(more, is_sure):
    found = mended(
        f"""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Conv2d(3, 8, 3)
                self.out = nn.Linear(8 * 7 * 7, 5)
                {more}

            def forward(self, x):
                return self.out(self.body(x).view(-1, 8 * 7 * 7))

        print(Net()(torch.rand(4, 3, 10, 10)).shape)
        """,
        most=1,
    )
    assert found.output != "crashed"
    assert bool(found.doubts) != is_sure
