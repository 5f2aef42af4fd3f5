"""What runs in the venv of argilla-server, not in ours."""
