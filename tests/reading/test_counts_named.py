"""What the names of numbers say of them: how many samples there are, how many steps, and how many batches."""

import pytest

from shapecheck.reading.samples.counts_named import names_samples


@pytest.mark.parametrize("name", ["batch_size", "bs", "BATCH", "eval_batch_size", "batchSize", "num_batch_size", "bsz"])
def test_samples(name):
    assert names_samples(name)


@pytest.mark.parametrize("name", ["n_batch", "num_batch", "steps_per_batch", "batch_idx", "seq_len", "batch_window"])
def test_batches_and_steps(name):
    assert not names_samples(name)
