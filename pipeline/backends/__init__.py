"""Backends: what the machines run on: endpoints on the network and models on this machine."""
