"""Translate: machines that write a passage in another language, their checks, and the choice."""
