"""The demo sample: a small labelled data set in five languages, and the builder of its files."""
