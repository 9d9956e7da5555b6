"""Drafts of studies, and what can be tuned in a model."""
