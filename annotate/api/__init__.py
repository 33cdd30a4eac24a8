"""The API of what there is: projects, files in and out, runs, stages, items, tokens."""
