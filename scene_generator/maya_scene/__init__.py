"""A SceneSpec as Maya commands: plain data, made without Maya.

`files` writes what the commands refer to (textures, the sky, meshes), `scene` gives the commands that build the scene,
`arnold` and `software` those that render it, `job` is what a mayapy is asked for and answers. Nothing here imports
Maya; `maya_plugin.scene` runs the commands.
"""
