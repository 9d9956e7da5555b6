"""Search the unit cube: optimisers that ask for points and are told the evaluations of these points."""
