"""What a layer was made with, and between which layers it stands."""
