"""Signal Monitor: watches sources, scores what they publish, and tells people once."""

__version__ = "0.1.0"
