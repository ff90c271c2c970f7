"""Random scenes for learning: recipe and seed -> SceneSpec -> renderer -> frame -> shard.

The files `spec`, `recipe`, `sample`, `materials`, `sky`, and the folders `families`, `shapes` and `textures` need
numpy and the standard library only and run on Python 3.9, so that they also load inside Maya and Nuke.
"""
