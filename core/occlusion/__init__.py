"""Ambient occlusion from normals and depth, and soft shadows for flat pictures.

1 is open, 0 is shut in. `geometry` says what a network is told, `gtao` is the formula it is measured against,
`predict` runs a network at any resolution, `frames` goes from files to files. `relief`, `shapes` and `style` belong to
the second look of the same subject: white shapes that become soft-shadowed and shiny.
"""
