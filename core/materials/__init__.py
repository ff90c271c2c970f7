"""Materials from pictures: the ten numbers of `standard_surface`, what a picture shows of them, a model's answer."""
