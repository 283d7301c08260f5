"""The web desk: its pages for people, its tables and feeds for machines, and who is let in."""
