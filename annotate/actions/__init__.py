"""Deeds on what there is: the only writers of annotate's tables."""
