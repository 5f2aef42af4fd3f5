"""Measurements: each module prints one table, the baseline and what is measured side by side in one run."""
