"""Everything a person touches: Slack, the terminal, the browser."""
