"""The pages of what there is: set-up, import, annotators, runs, people, items."""
