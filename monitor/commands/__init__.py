"""The commands, one module per noun. Each is thin: it asks the app and prints."""
