"""Pure builders of Block Kit: rows and words in, blocks out."""
