"""A stream of articles whose duplicates are known: real texts republished by documented edits, in sites' noise."""
