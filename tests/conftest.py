"""How hypothesis searches: the same examples every time, and no stopwatch."""

from hypothesis import settings

settings.register_profile("project", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("project")
