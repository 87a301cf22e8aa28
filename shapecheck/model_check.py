"""`check_model`: does a model keep its protocol for every batch size and sequence length?"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from shapecheck.errors import ProtocolError, ShapecheckError, expect
from shapecheck.protocol import Protocol

if TYPE_CHECKING:
    from shapecheck.findings import Report
    from shapecheck.model_search import Factory, Loss


def check_model(
    factory: Factory,
    protocol: Protocol,
    loss: Loss | None = None,
    *,
    sizes: Mapping[str, int] | None = None,
    vocabulary: int | None = None,
    max_examples: int = 30,
    seed: int = 0,
) -> Report:
    """Hold a model against its protocol for many batch sizes and sequence lengths.

    These are tried, in training and in evaluation mode: any batch size and sequence length, a batch of one, a single
    step, a smaller last batch. Checked are:

    - the protocol holds at every stage, and nothing raises;
    - sample i of the output depends on sample i of the input only;
    - with a ``loss``: it is one finite number, and every parameter gets a gradient.

    Args:
        factory: Makes a new model: a class, or a function without arguments.
        protocol: What the model promises. Its first stage is the model's input.
        loss: The loss, a module or a function; it is given the model's output and what the protocol says of
            ``loss.target``.
        sizes: Dims whose size the model fixes, beside those of the protocol. What is left open is read from the
            layers that see the input first: the ``input_size`` of an LSTM, the ``in_features`` of a Linear.
        vocabulary: For models that read indices: how many there are; that of the first embedding if left out.
        max_examples: How many cases to try for each property.
        seed: Seeds the weights and the search, so that the same call gives the same report.

    Returns:
        A report whose diagnoses belong to the *smallest* failing case that was found, with that case's trace.

    Raises:
        ProtocolError: The protocol does not say what goes in, leaves open a size that nothing says, or names modules
            that are not there.
        ShapecheckError: The factory raises, or Hypothesis, which draws the cases, is not installed.
        TypeError: The factory is a model itself, cannot be called, or makes something else than a model; the protocol
            is none; or the loss cannot be called.

    >>> from torch import nn
    >>> from shapecheck import Protocol, Stage
    >>> protocol = Protocol("rows", (Stage("in", "input", "batch_size 3"), Stage("out", "output", "batch_size 5")))
    >>> check_model(lambda: nn.Linear(3, 5), protocol).ok
    True
    """
    _expect_arguments(protocol, loss)
    if not protocol.stages:
        raise ProtocolError(f"{protocol.name!r} has no stage, so nothing says what goes into the model")
    _need_hypothesis()
    from shapecheck.model_search import search

    return search(factory, protocol, loss, sizes or {}, vocabulary, max_examples, seed)


def _need_hypothesis() -> None:
    """It is no requirement of the package: whoever does without property-based tests need not install it."""
    if find_spec("hypothesis") is None:
        raise ShapecheckError(
            'check_model needs hypothesis, which the extra "test" brings: pip install hypothesis, or '
            'pip install -e ".[test]" in the checkout'
        )


def _expect_arguments(protocol: object, loss: object) -> None:
    hint = "Protocol.documented() makes the usual one"
    expect("protocol", protocol, Protocol, "a Protocol", hint, by="check_model")
    if isinstance(loss, type):
        raise TypeError(
            f"check_model: expected a loss, got the class {loss.__name__}; make one of it, {loss.__name__}()"
        )
    if loss is not None and not callable(loss):
        raise TypeError(f"check_model: expected the loss to be a module or a function, got {type(loss).__name__}")
