"""Trained models on disk."""

import pytest
import torch

from shapecheck import DataError
from shapecheck.models import (
    CharLSTM,
    ClassificationSettings,
    PriceLSTM,
    RegressionSettings,
    Scaler,
    Vocabulary,
    load_checkpoint,
    save_checkpoint,
)
from shapecheck.models.checkpoint import TrainedPrices, TrainedText


@pytest.fixture
def prices(tmp_path):
    settings = RegressionSettings(hidden_size=3, num_layers=1, head="last-step")
    save_checkpoint(tmp_path / "p.pt", TrainedPrices(PriceLSTM(3, 1, "last-step"), settings, Scaler(20.0, 2.5)))
    return tmp_path / "p.pt"


@pytest.fixture
def text(tmp_path):
    settings = ClassificationSettings(hidden_size=3, num_layers=1)
    save_checkpoint(tmp_path / "t.pt", TrainedText(CharLSTM(4, 3, 1), settings, Vocabulary("abcd")))
    return tmp_path / "t.pt"


def test_a_price_model_comes_back_as_it_was(prices):
    trained = load_checkpoint(prices, "regression")
    assert isinstance(trained, TrainedPrices)
    assert trained.scaler == Scaler(20.0, 2.5)
    assert trained.settings.hidden_size == 3
    assert trained.model.head.name == "last-step"
    weights = torch.load(prices, weights_only=True)["weights"]
    assert all(torch.equal(weights[name], tensor) for name, tensor in trained.model.state_dict().items())


def test_a_character_model_comes_back_as_it_was(text):
    trained = load_checkpoint(text)
    assert isinstance(trained, TrainedText)
    assert trained.vocabulary == Vocabulary("abcd")
    assert trained.model.linear.out_features == 4


def test_nothing_half_written_is_left(prices):
    assert [path.name for path in prices.parent.iterdir()] == ["p.pt"]


def test_a_checkpoint_of_the_other_model(prices, text):
    with pytest.raises(DataError) as caught:
        load_checkpoint(prices, "classification")
    assert str(caught.value) == (
        f"expected a checkpoint of a classification model, got one of a regression model in {prices}"
    )
    with pytest.raises(DataError, match="got one of a classification model in"):
        load_checkpoint(text, "regression")


def test_a_file_that_is_not_there_or_a_folder(tmp_path):
    with pytest.raises(DataError, match=r"^there is no file .*no\.pt$"):
        load_checkpoint(tmp_path / "no.pt")
    with pytest.raises(DataError, match=r"is a folder, not a checkpoint$"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("keep", [0, 1, 100, 1000, -10])
def test_a_broken_file(prices, keep):
    prices.write_bytes(prices.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"p\.pt cannot be read as a checkpoint: it is broken"):
        load_checkpoint(prices)


def test_a_file_of_something_else(tmp_path):
    (tmp_path / "x.pt").write_text("hello, this is no checkpoint\n")
    with pytest.raises(DataError, match="cannot be read as a checkpoint: it is broken, or holds more than weights"):
        load_checkpoint(tmp_path / "x.pt")


def test_somebody_elses_weights(tmp_path):
    torch.save(torch.nn.Linear(2, 2).state_dict(), tmp_path / "x.pt")
    with pytest.raises(DataError, match="is no checkpoint of a reference model: it lacks the mark"):
        load_checkpoint(tmp_path / "x.pt")


def test_a_whole_model_is_not_unpickled(tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "x.pt")
    with pytest.raises(DataError, match=r"holds more than weights and plain values$"):
        load_checkpoint(tmp_path / "x.pt")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content["weights"].pop("linear.bias"),
        lambda content: content["settings"].update(hidden_size=4),
        lambda content: content["settings"].update(hidden_size=0),
        lambda content: content["settings"].update(unknown=1),
        lambda content: content.pop("scaler"),
        lambda content: content.update(scaler=3),
        lambda content: content.update(kind="poetry"),
    ],
)
def test_parts_that_do_not_fit_together(prices, spoil):
    content = torch.load(prices, weights_only=True)
    spoil(content)
    torch.save(content, prices)
    with pytest.raises(DataError, match=r"p\.pt is damaged: its parts do not fit together \("):
        load_checkpoint(prices)
