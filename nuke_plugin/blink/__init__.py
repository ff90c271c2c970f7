"""The relighting kernel for Nuke's BlinkScript, and what a PlateRelight node does to have Nuke compile it.

`PlateRelight.blink` is the kernel. `links` says which control drives which of its parameters, `build` makes the
BlinkScript node inside of a PlateRelight node, `buttons` is what the node's file calls.
"""
