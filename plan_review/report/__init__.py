"""How a review is written down: Markdown, JSON, and plain text for a terminal."""
