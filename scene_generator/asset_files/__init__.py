"""A user's own meshes, textures and environment maps: found in folders, checked, read, brought to one form."""

from __future__ import annotations

from scene_generator.asset_files.folders import NO_LIBRARY, AssetLibrary, scan

__all__ = ["NO_LIBRARY", "AssetLibrary", "scan"]
