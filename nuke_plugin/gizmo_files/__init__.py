"""The nodes and example scripts of the plug-in as data, and the writer that makes Nuke's files of them.

`python -m nuke_plugin.gizmo_files` writes `nuke_plugin/gizmos/*.gizmo` and `nuke_plugin/examples/*.nk` anew; a test
compares them with what lies there. Nothing of this is loaded inside Nuke.
"""
