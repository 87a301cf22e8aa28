"""Tensors of one data set that do not count the same samples."""

from __future__ import annotations

import pytest
from mended import mended, printed

WINDOWS = """
    from torch.utils.data import TensorDataset

    LOOK_BACK = 5


    def windows(series, size=LOOK_BACK):
        xs = []
        for at in range(len(series) - size):
            xs.append(series[at : at + size])
        ys = series[{begin}]
        return torch.stack(xs), ys


    x, y = windows(torch.arange(40.0))
    print(TensorDataset(x, y)[-1])
"""


@pytest.mark.parametrize(("begin", "right"), [("size - 1:", "size:"), ("4:", "5:"), ("size - 2:", "size:")])
def test_a_target_stands_right_behind_its_window(begin, right):
    found = mended(WINDOWS.format(begin=begin))
    assert found.changed == [f"ys = series[{right}]"]
    assert found.output == printed(WINDOWS.format(begin="size:"))
    assert not found.doubts
    assert found.diagnoses[0].slug == "tensors_of_other_lengths"


def test_windows_that_leave_nothing_behind_them_say_nothing_of_the_target():
    program = """
        from torch.utils.data import TensorDataset

        series = torch.arange(40.0)
        x, y = series.unfold(0, 5, 1), series[{begin}]
        print(len(TensorDataset(x, y)))
    """
    assert mended(program.format(begin="3:"), most=1).doubts
    # Right behind the first window lies what it is to foretell, and nothing behind the last.
    assert not mended(program.format(begin="5:"), most=1).doubts


SPLIT = """
    from torch.utils.data import TensorDataset

    inputs, labels = torch.randn(50, 3), torch.randint(0, 4, (50,))
    inputs_train, inputs_test, labels_train, labels_test = inputs[:35], inputs[35:], labels[:35], labels[35:]
    {name} = TensorDataset({given})
    print({name}[0])
"""


@pytest.mark.parametrize(
    ("given", "name", "part"),
    [
        ("inputs_train, labels", "data", "train"),
        ("inputs, labels_train", "data", "train"),
        ("inputs_test, labels", "data", "test"),
        ("inputs_train, labels_test", "train_set", "train"),
        ("inputs_train, labels_test", "test_set", "test"),
    ],
)
def test_the_other_part_of_the_same_split_is_taken(given, name, part):
    found = mended(SPLIT.format(given=given, name=name))
    assert found.output == printed(SPLIT.format(given=f"inputs_{part}, labels_{part}", name=name))
    assert not found.doubts


def test_of_two_parts_either_may_be_meant():
    found = mended(SPLIT.format(given="inputs_train, labels_test", name="data"), most=1)
    assert found.changed == ["data = TensorDataset(inputs_test, labels_test)"]
    assert found.doubts == ["another tensor may have been meant, or the same with other samples"]


def test_a_name_that_shares_no_word_is_in_doubt():
    program = """
        from torch.utils.data import TensorDataset

        a, b, c = torch.randn(9, 2), torch.randn(8), torch.randn(9)
        print(len(TensorDataset(a, b)))
    """
    found = mended(program, most=1)
    assert found.changed == ["print(len(TensorDataset(a, c)))"]
    assert found.doubts == ["another tensor may have been meant, or the same with other samples"]


def test_samples_that_lie_along_the_second_axis_are_turned():
    program = """
        from torch.utils.data import TensorDataset

        columns, y = torch.randn(3, 20), torch.randn(20)
        print(TensorDataset({given}, y)[0][0].shape)
    """
    found = mended(program.format(given="columns"))
    assert found.output == printed(program.format(given="columns.t()"))
    assert not found.doubts


OTHER_SERIES = """
    from torch.utils.data import TensorDataset

    size = 5
    given, wanted = torch.randn(40, 3), torch.randint(0, 2, (40,))
    x = torch.stack([given[at : at + size] for at in range(len(given) - size)])
    y = wanted[size - 1 :]
    {more}
    print(len(TensorDataset(x, y)))
"""


@pytest.mark.parametrize("more", ["", "means = [wanted[at : at + 8].float().mean() for at in range(len(wanted) - 8)]"])
def test_what_is_said_of_the_last_step_of_a_window_is_not_what_comes_behind_it(more):
    assert mended(OTHER_SERIES.format(more=more), most=1).doubts


def test_a_target_that_stands_right_behind_its_window_already_stays_there():
    program = WINDOWS.replace("range(len(series) - size)", "range(len(series) - (size + 1))")
    found = mended(program.format(begin="size:"), most=1)
    assert found.changed == ["ys = series[size + 1:]"]
    assert found.doubts == ["as many may be left out of the other tensor instead, or at the other end"]


@pytest.mark.parametrize(
    "names", ["labels_train, labels_test, labels_test_raw", "labels_test_a, labels_test_b, labels"]
)
def test_of_two_names_that_fit_either_may_be_meant(names):
    program = f"""
        from torch.utils.data import TensorDataset

        inputs_test, inputs_train = torch.randn(15, 3), torch.randn(35, 3)
        {names} = torch.zeros(35), torch.zeros(15), torch.zeros(15)
        test_set = TensorDataset(inputs_test, {names.split(", ")[0] if "train" in names else "labels_test_a"})
        print(len(test_set))
    """
    assert mended(program, most=1).doubts


def test_rows_that_were_cut_may_have_been_cut_too_short():
    program = """
        from torch.utils.data import TensorDataset

        inputs, answers = torch.randn(100, 20), torch.randn(100)[:20]
        print(len(TensorDataset(inputs, answers)))
    """
    found = mended(program, most=1)
    assert found.changed == ["print(len(TensorDataset(inputs.t(), answers)))"]
    assert found.doubts == ["as many may be left out of the other tensor instead, or at the other end"]
