"""Where it runs: the studies (TOML), jobs of a cluster, and the bridge to NetPyNE's own Batch."""
