"""What a tensor was made of and by whom, and where its numbers go: followed over the tape."""
