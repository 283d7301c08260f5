"""The web pages: digests as they were sent, stories, and the page on which a reader unsubscribes."""
