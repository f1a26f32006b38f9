"""The weights' file and its record: what made them, and what they score."""

import json
from pathlib import Path

SHIPPED = Path(__file__).parent.parent / "skmine" / "core" / "weights" / "grid_critic.npz"
