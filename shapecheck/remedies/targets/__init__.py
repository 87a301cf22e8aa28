"""What a loss is given: labels, targets, weights, and as many of them as there are predictions."""
