"""Where it runs: the studies (TOML) and, later, the bridges to batch systems."""
