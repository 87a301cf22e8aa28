"""Targets whose dtype only backward refuses: changed where they were given it, else where they are used."""

import pytest
from mended import mended, printed

UPDATE = """
    class Critic(nn.Module):
        def __init__(self):
            super().__init__()
            self.value, self.judge = nn.Linear(3, 1), nn.HuberLoss()

        def update(self, seen, gains):
            gains = torch.tensor(gains{dtype})
            {more}
            for _ in range(2):
                values = self.value(seen).squeeze(1)
                loss = {loss} - 0.01 * values.abs()
                self.zero_grad()
                loss.mean().backward()
            return loss.mean().item()


    print(round(Critic().update(torch.randn(4, 3), [1.0, 2.0, 3.0, 4.0]), 4))
"""
LOSSES = (
    "self.judge(values, gains)",
    "0.5 * F.huber_loss(values, gains)",
    "-values + F.huber_loss(values, gains, delta=2.0)",
)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("more", ["pass", "gains = (gains - gains.mean()) / gains.std()"])
def test_the_dtype_that_was_asked_for_is_changed_where_it_was(loss, more):
    found = mended(UPDATE.format(dtype=", dtype=torch.float64", loss=loss, more=more))
    assert found.changed == ["gains = torch.tensor(gains, dtype=torch.float32)"]
    assert found.output == printed(UPDATE.format(dtype="", loss=loss, more=more))
    assert not found.doubts


@pytest.mark.parametrize("loss", LOSSES)
def test_a_dtype_that_nobody_asked_for_is_changed_where_the_target_is_used(loss):
    program = UPDATE.format(dtype="", loss=loss, more="gains = gains.double()")
    found = mended(program)
    assert "gains.float()" in found.changed[0]
    assert found.output == printed(program.replace("gains = gains.double()", "pass"))


def test_a_tuple_that_a_function_returns_is_cast_to_nothing():
    program = """
        def drawn(rows):
            images, marks = torch.rand(rows, 6), torch.zeros(rows, 5, dtype=torch.double)
            marks[torch.arange(rows), torch.arange(rows) % 5] = 1
            return images, marks

        images, targets = drawn(4)
        print(round(nn.CrossEntropyLoss()(nn.Linear(6, 5)(images), targets{one}).item(), 4))
    """
    assert mended(program.format(one="")).output == printed(program.format(one=".argmax(1)"))
