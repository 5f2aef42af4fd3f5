"""Data in, the serving adapter out: datasets are trained, compared with the champion, and promoted only if better."""
