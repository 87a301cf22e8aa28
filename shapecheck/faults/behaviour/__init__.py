"""SC7xx and SC8xx: what runs and is wrong by what it does, in the folders of the probes that see it."""
