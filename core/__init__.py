"""The shared heart of Platelight: images, colour, normals, models, training, inference, relighting."""
