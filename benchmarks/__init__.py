"""Speed, as ratios in one run: absolute figures swing with the machine, ratios hold."""
