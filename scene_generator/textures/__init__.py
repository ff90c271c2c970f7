"""Procedural diffuse, metalness, glossiness and height textures: numpy only, tileable, pure in their seeds."""
