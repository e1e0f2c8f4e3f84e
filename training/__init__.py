"""Makes `services/cleaner/weights.npz` from labelled pages. Run by hand; nothing of it is needed to run vigie."""
