"""Provide the cells, models, studies and mechanisms of the tuner, as links to the folders of the checkout."""
