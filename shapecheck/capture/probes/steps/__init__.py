"""Which step: what is taken of the steps, layers and directions that a recurrent layer returns, or is asked for."""
