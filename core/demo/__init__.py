"""The demonstration: the main job run end to end, and a page that shows it.

Each step runs the public `platelight` command or a function of `core`, so that what the page shows is what a user
gets. Nothing here imports torch.
"""
