"""Training recipes: each runs as its own process from `run.json` to an adapter folder and `result.json`."""
