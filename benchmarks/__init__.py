"""Measurements, run by hand. Each prints ratios against a peer or a bare baseline measured in the same run."""
