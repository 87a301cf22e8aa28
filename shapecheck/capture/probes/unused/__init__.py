"""What is left out: inputs, layers, samples and parameters that change nothing, or get no gradient."""
