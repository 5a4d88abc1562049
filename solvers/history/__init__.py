"""Past days of the same work: what they say about the next one, and whether that helps."""
