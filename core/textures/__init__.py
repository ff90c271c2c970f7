"""Maps of textures: slopes, heights, curvature, folders of colour and normal pairs. numpy only."""
