"""Panels. Nothing here imports a Qt before a panel is opened."""
