"""What a watch does with the calls that it hears: look once, follow the protocol, judge, tell."""
