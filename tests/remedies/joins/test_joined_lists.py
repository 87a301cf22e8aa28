"""Lists of what was computed batch by batch, and how they are put together."""

import pytest
from mended import mended, printed

COLLECTED = """
    import numpy as np

    def collect(batches):
        kept = []
        for at, rows in enumerate(batches):
            kept.append({item})
        return {together}

    print(collect(torch.arange(42.0).view(7, 6).split(3)).shape)
"""
BY_LOADER = """
    import numpy as np
    from torch.utils.data import DataLoader

    loader = DataLoader(torch.arange(120.0).view(20, 6), batch_size=6)
    kept = []
    for rows in loader:
        kept.append(rows)
    print({together}.shape)
"""


@pytest.mark.parametrize(
    ("item", "together", "right"),
    [
        ("rows.numpy()", "np.hstack(kept)", "np.vstack(kept)"),
        ("rows", "torch.hstack(kept)", "torch.vstack(kept)"),
        ("rows.T", "torch.vstack(kept)", "torch.hstack(kept)"),
        ("rows.numpy()", "np.array(kept)", "np.concatenate(kept)"),
        ("rows.numpy()", "np.stack(kept)", "np.concatenate(kept)"),
        ("rows", "torch.stack(kept)", "torch.cat(kept)"),
        ("rows.numpy()", "np.concatenate(kept, 1)", "np.concatenate(kept, 0)"),
        ("rows.numpy().T", "np.concatenate(kept)", "np.concatenate(kept, axis=1)"),
        ("rows", "torch.cat(kept, 1)", "torch.cat(kept, 0)"),
        ("rows", "torch.cat(kept, dim=1)", "torch.cat(kept, dim=0)"),
        ("rows.T", "torch.cat(kept, 0)", "torch.cat(kept, 1)"),
        ("rows.numpy()", "np.concatenate(np.asarray(kept), axis=0)", "np.concatenate(kept, axis=0)"),
        ("rows.numpy()", "np.vstack(np.array(kept))", "np.vstack(kept)"),
    ],
)
def test_a_smaller_last_batch_goes_behind_the_others(item, together, right):
    found = mended(COLLECTED.format(item=item, together=together), most=1)
    assert found.changed == [f"return {right}"]
    assert found.output == printed(COLLECTED.format(item=item, together=right))
    assert not found.doubts


@pytest.mark.parametrize("together", ["torch.stack(kept)", "torch.hstack(kept)"])
def test_it_is_so_for_a_loader(together):
    found = mended(BY_LOADER.format(together=together), most=1)
    assert found.output == "torch.Size([20, 6])\n"
    assert not found.doubts


def test_sequences_of_several_lengths_are_padded_still():
    program = """
        sequences = [torch.randn(n, 6) for n in (5, 3, 4)]
        print(torch.stack(sequences).shape)
    """
    assert mended(program, most=1).output == "torch.Size([3, 5, 6])\n"


def test_items_that_differ_along_two_axes_have_no_way():
    program = """
        import numpy as np
        print(np.hstack([np.zeros((3, 4, 2)), np.zeros((5, 4, 6))]).shape)
    """
    found = mended(program, most=1)
    assert not any("vstack" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_slices_of_samples_are_put_one_behind_the_other():
    program = """
        def evaluate(net, x, y, many=5):
            guesses, labels = [], []
            for i in range(0, len(x), many):
                guesses.append(net(x[i : i + many]))
                labels.append(y[i : i + many])
            guesses, labels = torch.{name}(guesses), torch.{name}(labels)
            return (guesses.argmax(-1) == labels).float().mean().item()

        x = torch.randn(13, 3)
        print(round(evaluate(nn.Linear(3, 2), x, (x[:, 0] > 0).long()), 4))
    """
    found = mended(program.format(name="stack"))
    assert found.output == printed(program.format(name="cat"))
    assert not found.doubts


def test_what_only_ends_short_is_padded_with_a_doubt():
    program = """
        kept = []
        for i in range(3):
            kept.append(torch.randn(6 if i < 2 else 4, 3))
        print(torch.stack(kept).shape)
    """
    found = mended(program, most=1)
    assert found.changed == ["print(torch.nn.utils.rnn.pad_sequence(kept, batch_first=True).shape)"]
    assert found.doubts == [
        "only the last one is shorter: they may be batches of samples, which go one behind the other"
    ]


def test_slices_that_are_given_to_nothing_may_be_windows():
    program = """
        series, windows = torch.randn(23, 3), []
        for i in range(0, len(series), 5):
            windows.append(series[i : i + 5])
        print(torch.stack(windows).shape)
    """
    found = mended(program, most=1)
    assert found.changed == ["print(torch.nn.utils.rnn.pad_sequence(windows, batch_first=True).shape)"]
    assert found.doubts == [
        "only the last one is shorter: they may be batches of samples, which go one behind the other"
    ]


def test_slices_that_a_function_reads_may_be_windows():
    program = """
        def scaled(part):
            return (part - part.mean()) / part.std()

        series, windows = torch.randn(23, 3), []
        for i in range(0, len(series), 5):
            windows.append(scaled(series[i : i + 5]))
        print(torch.stack(windows).shape)
    """
    found = mended(program, most=1)
    assert found.changed == ["print(torch.nn.utils.rnn.pad_sequence(windows, batch_first=True).shape)"]
    assert found.doubts == [
        "only the last one is shorter: they may be batches of samples, which go one behind the other"
    ]
