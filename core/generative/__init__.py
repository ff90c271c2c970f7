"""New pictures and textures from small sets: preparation, watching, measures, and what is done with a trained model."""
