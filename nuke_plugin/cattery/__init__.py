"""The model for Nuke's own Inference node: the .cat file, and the folder in which Cattery nodes travel.

script_card.py   what comes with a TorchScript file, read and checked
make_cat.py      TorchScript -> .cat inside Nuke, from a menu, a button or `nuke -t`
folder.py        gizmo, model, cat.json and icons as one folder
icon.py          the icons, drawn
"""
