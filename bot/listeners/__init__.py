"""What Slack sends in: each module has `register(app, office)`. A listener validates, writes a row, acks; it never drafts."""
