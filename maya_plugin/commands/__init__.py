"""The commands: what each does, and the list that the menu and `maya.cmds` get them from."""
