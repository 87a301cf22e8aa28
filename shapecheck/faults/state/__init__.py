"""SC2xx: the state of a recurrent layer."""
