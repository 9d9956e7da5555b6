"""The cells, models, studies and mechanisms that come with the tuner: links to the folders of the checkout."""
