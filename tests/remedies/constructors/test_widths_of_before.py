"""A width that each round changes, under a name that keeps the old one: the name is given the new one."""

import pytest
from mended import mended, printed

SHRINKING = """
    def head(width, depth, gives):
        parts = []
        for _ in range(depth):
            {body}
        return nn.Sequential(*parts, nn.Linear(width, gives))

    y = head(24, 3, 5)(torch.randn(7, 24))
    print(y.shape, round(y.sum().item(), 4))
"""


@pytest.mark.parametrize(
    "body",
    [
        "parts += [nn.Linear(width, width // 2), nn.ReLU()]",
        "parts.append(nn.Linear(width, width // 2)); parts.append(nn.ReLU())",
        "parts.append(nn.Linear(width, width // 2)); parts.append(nn.LayerNorm(width // 2))",
        "parts.append(nn.Linear(width, 2 * width))",
    ],
)
def test_the_name_is_given_the_new_width(body):
    new = "2 * width" if "2 * width" in body else "width // 2"
    found = mended(SHRINKING.format(body=body), most=1)
    assert found.output == printed(SHRINKING.format(body=f"{body}; width = {new}"))
    assert not found.doubts


DENSE = """
    class Dense(nn.Module):
        def __init__(self, c, more):
            super().__init__()
            self.conv = nn.Conv2d(c, more, 3, padding=1)

        def forward(self, x):
            return torch.cat([x, self.conv(x)], 1)

    def dense(c, more, blocks):
        layers = []
        for at, count in enumerate(blocks):
            layers += [Dense(c + j * more, more) for j in range(count)]
            c = c + count * more
            {between}
        return nn.Sequential(*layers, nn.Conv2d(c, 2, 1))

    y = dense(6, 4, (2, 3))(torch.randn(3, 6, 8, 10))
    print(y.shape, round(y.sum().item(), 4))
"""


@pytest.mark.parametrize("head", ["if at < len(blocks) - 1:\n                ", "if at == 0: "])
def test_between_blocks_the_next_one_begins_with_what_is_left(head):
    line = "layers += [nn.Conv2d(c, c // 2, 1)]"
    found = mended(DENSE.format(between=f"{head}{line}"), most=1)
    assert found.output == printed(DENSE.format(between=f"{head}{line}; c = c // 2"))
    assert not found.doubts


def test_two_layers_in_a_row_are_told_by_the_second():
    program = """
        class Two(nn.Module):
            def __init__(self, d):
                super().__init__()
                self.a = nn.Linear(d, d * 2)
                self.b = nn.Linear(d, 5)

            def forward(self, x):
                return self.b(torch.relu(self.a(x)))

        print(Two(6)(torch.randn(7, 6)).shape)
    """
    assert mended(program, most=1).changed == ["self.b = nn.Linear(2 * d, 5)"]


def test_where_the_name_has_the_new_width_another_layer_is_wrong():
    body = "parts += [nn.Linear(width, width // 2)]; width = width // 2; parts += [nn.Linear(width + 1, width)]"
    found = mended(SHRINKING.format(body=body), most=1)
    assert not any(
        "width = width // 2; width" in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits
    )


PICKED = """
    PLANS = {{"a": [4, "pool", 8, "pool"], "b": [5, 5, "pool"]}}

    def layers(plan, given=3):
        made = []
        for size in plan:
            if size == "pool":
                made.append(nn.MaxPool2d(2))
            else:
                made += [nn.Conv2d(given, size, 3, padding=1), nn.ReLU()]
                {}
        return nn.Sequential(*made)

    print(*[round(layers(PLANS[key])(torch.randn(2, 3, 8, 12)).sum().item(), 4) for key in PLANS])
"""


def test_the_width_is_handed_on_in_the_rounds_that_make_a_layer():
    found = mended(PICKED.format("pass"), most=1)
    assert found.output == printed(PICKED.format("given = size"))
    assert not found.doubts
