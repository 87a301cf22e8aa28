"""What is viewed, merged, taken apart and cut into equal parts: the sizes that are told, and what they leave open."""
