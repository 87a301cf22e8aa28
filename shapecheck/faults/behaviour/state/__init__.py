"""What is carried on: hidden state and graphs from step to step, from batch to batch, over the ends of episodes."""
