"""Features of a raster: a recording in, a number out. nan says that the raster does not define the feature.

Every feature takes the recording, a population ("all" is the whole network) and a window (start, end) [ms] (None is the
whole run); what it takes beyond these is its own argument in a target.
"""

from tuner.features import intervals, rates
from tuner.features.registry import FEATURES, Feature, feature

__all__ = ["FEATURES", "Feature", "feature", "intervals", "rates"]
