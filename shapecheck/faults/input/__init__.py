"""SC1xx: what goes into a recurrent layer, and other layers' inputs."""
