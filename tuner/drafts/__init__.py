"""List the values of a model that can be tuned, and draft a study of the model."""
