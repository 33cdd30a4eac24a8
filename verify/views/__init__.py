"""Pages and answers about people's work."""
