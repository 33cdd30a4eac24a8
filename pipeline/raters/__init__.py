"""Raters: what each one, person or machine, and each panel of them is worth."""
