"""Clusters that are treated badly: answers are those of memory, or there is an error, and soon.

Run in the environments that `.ci/cluster` makes; HASMANY_CLUSTER says the size, "small" or "nightly"."""
