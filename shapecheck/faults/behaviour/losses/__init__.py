"""What a loss is fed with: scores or probabilities, pairs, targets, and how its terms are joined."""
