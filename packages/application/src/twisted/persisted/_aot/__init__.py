"""The rooms of `twisted.persisted.aot`: the nodes of a tree, its source, reading it, and making it."""
