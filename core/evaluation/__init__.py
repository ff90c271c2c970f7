"""How far predicted normals are from reference ones: pairs from shards or folders, figures, pictures."""
