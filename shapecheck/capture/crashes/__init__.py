"""What a crash leaves behind: its frames, the operation that failed, and where each value in it was made."""
