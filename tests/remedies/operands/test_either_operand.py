"""What runs in more than one way, and nothing decides."""

from mended import mended


def test_a_column_and_the_table_that_it_meets_may_either_lie_the_wrong_way():
    assert mended(
        """
        best, label = torch.randint(4, (6, 2)), torch.randint(4, (6,))
        print(best.t().eq(label.view(-1, 1)).sum().item())
        """,
        most=1,
    ).doubts
