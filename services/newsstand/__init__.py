"""Invented outlets with invented stories, served on loopback: what `vigie demo` and the end-to-end tests read."""
