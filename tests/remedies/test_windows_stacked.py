"""Windows of a long sequence that were to be stacked, of which the last ones are shorter."""

import pytest
from mended import mended, printed

LOOP = """
    import numpy as np

    def cut(x, size, step):
        kept = []
        for start in range(0, {end}, step):
            kept.append(x[start : start + size])
        return {made}

    print(cut({series}, 12, 7).shape)
"""
ARRAY, TENSOR = "np.random.default_rng(0).random((50, 3))", "torch.randn(50, 3)"


@pytest.mark.parametrize(
    ("series", "made"),
    [
        (ARRAY, "np.stack(kept)"),
        (ARRAY, "np.array(kept)"),
        (ARRAY, "torch.stack([torch.from_numpy(each) for each in kept])"),
        (TENSOR, "torch.stack(kept)"),
    ],
)
@pytest.mark.parametrize("end", ["len(x)", "x.shape[0]"])
def test_only_whole_windows_are_cut(series, made, end):
    found = mended(LOOP.format(end=end, series=series, made=made))
    assert found.output == printed(LOOP.format(end=f"{end} - size + 1", series=series, made=made))
    assert not found.doubts


def test_windows_of_a_comprehension():
    program = """
        series = torch.randn(50, 3)
        print(torch.stack([series[i : i + 12] for i in range({end})]).shape)
    """
    found = mended(program.format(end="len(series)"))
    assert found.output == printed(program.format(end="len(series) - 12 + 1"))


def test_batches_keep_the_last_samples():
    program = """
        net, x, kept, many = nn.Linear(3, 2), torch.randn(50, 3), [], 8
        for i in range(0, len(x), many):
            kept.append(net(x[i : i + many]))
        print(torch.{name}(kept).shape)
    """
    found = mended(program.format(name="stack"))
    assert found.output == printed(program.format(name="cat"))
    assert not found.doubts


AHEAD = """
    def cut(x, lag, ahead):
        seen, wanted = [], []
        for i in range({end}):
            seen.append(x[i : i + lag])
            wanted.append(x[{begin} : {begin} + ahead, 0])
        return torch.stack(seen), torch.stack(wanted)

    seen, wanted = cut(torch.randn(20, 3), 5, 4)
    print(seen.shape, wanted.shape, round(wanted.sum().item(), 4))
"""


@pytest.mark.parametrize(("begin", "more"), [("i + lag", "+ 1"), ("i + lag + 1", "- 0")])
@pytest.mark.parametrize("end", ["len(x) - lag", "len(x) - lag + 1"])
def test_what_is_foretold_lies_before_the_end_as_well(begin, more, end):
    found = mended(AHEAD.format(begin=begin, end=end))
    assert found.output == printed(AHEAD.format(begin=begin, end=f"len(x) - lag - ahead {more}"))
    assert not found.doubts


PAIRS = """
    def cut(x, lag, ahead):
        return [(x[i : i + lag], x[{begin} : i + lag + ahead]) for i in range({end})]

    pairs = cut(torch.arange(20.0), 5, 4)
    seen, wanted = torch.stack([each[0] for each in pairs]), torch.stack([each[1] for each in pairs])
    print(seen.shape, wanted.shape, wanted.sum().item())
"""


@pytest.mark.parametrize("begin", ["i + lag", "i + lag + ahead - 1"])
def test_windows_that_a_function_cuts_and_others_stack(begin):
    found = mended(PAIRS.format(begin=begin, end="len(x) - lag"))
    assert found.output == printed(PAIRS.format(begin=begin, end="len(x) - lag - ahead + 1"))
    assert not found.doubts


def test_windows_are_not_filled_up_for_sure():
    found = mended(
        PAIRS.format(begin="i + lag", end="len(x) - lag - ahead + 1").replace("i + lag + ahead]", "lag + ahead]")
    )
    filled = [fix for each in found.diagnoses for fix in each.fixes if "pad_sequence" in fix.title]
    assert filled
    assert all(fix.doubt for fix in filled)


def test_what_is_no_window_is_filled_up_beside_them():
    program = """
    def cut(x, lag, ahead):
        return [(x[i : i + lag], x[i + lag : i + lag + ahead]) for i in range(len(x) - lag - ahead)]

    pairs = cut(torch.arange(20.0), 5, 4)
    texts = [torch.tensor([1.0, 2.0]), torch.tensor([3.0]), torch.tensor([4.0, 5.0, 6.0])]
    print(torch.stack(texts).sum(0))
    """
    found = mended(program)
    assert found.output == printed(program.replace("torch.stack(texts)", "nn.utils.rnn.pad_sequence(texts).T"))
    assert not found.doubts


def test_windows_that_are_whole_are_not_made_more():
    program = """
    x, lag, ahead = torch.arange(24.0), 6, 2
    seen = torch.stack([x[i : i + lag] for i in range(len(x) - lag)])
    wanted = [x[i + lag : i + lag + ahead] for i in range(len(x) - lag)]
    print(seen.shape, torch.stack(wanted).shape)
    """
    found = mended(program, most=1)
    assert not any(fix.title.startswith("len(x)") for fix in found.diagnoses[0].fixes)
    assert found.doubts


def test_a_loop_that_fills_up_windows_itself_is_not_ended_earlier_for_sure():
    program = """
    def cut(x, lag, ahead):
        seen, wanted = [], []
        for i in range(len(x) - lag):
            seen.append(x[i : i + lag])
            last = x[i + lag : i + lag + ahead]
            wanted.append(F.pad(last, (0, ahead - len(last))) if len(last) < ahead - 1 else last)
        return torch.stack(wanted)

    print(cut(torch.arange(20.0), 5, 4).shape)
    """
    ended = [fix for fix in mended(program, most=1).diagnoses[0].fixes if fix.title.startswith("len(x)")]
    assert ended
    assert all(fix.doubt for fix in ended)
