"""Scenes in Maya: runs the commands that `scene_generator.maya_scene` makes, and renders without a window."""
