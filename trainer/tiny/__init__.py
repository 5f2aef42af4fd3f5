"""The shipped toy-sized base model: enough to see the wheel turn without a GPU or a model hub."""

from pathlib import Path

BASE = Path(__file__).parent / "base"
POSTS = Path(__file__).parent / "posts.jsonl"  # past posts in the house's style, for a first import
LORA = {"learning_rate": 4e-3, "epochs": 2.5, "batch": 4}
