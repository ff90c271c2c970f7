"""Maya runs this at its start: it loads the plug-in once Maya has nothing else to do, where there is a window.

`optionVar -iv platelight_autoload 0` keeps it from doing so; the Plug-in Manager loads it by hand then. A farm's Maya
loads it with `loadPlugin platelight`.
"""

from __future__ import annotations


def _platelight_later() -> None:
    import os
    import sys

    # Maya runs this file inside another module, so that `__file__` is not ours; the code knows its own file.
    folder = os.path.dirname(os.path.abspath(sys._getframe().f_code.co_filename))
    root = os.path.dirname(os.path.dirname(folder))
    there = root in sys.path
    if not there:
        sys.path.append(root)
    try:
        from maya_plugin.autoload import schedule

        schedule()
    except Exception as error:  # nothing of ours may keep Maya from starting
        sys.stderr.write(f"platelight: not loaded: {type(error).__name__}: {error}\n")
    finally:
        if not there:
            sys.path.remove(root)


globals().pop("_platelight_later")()  # Maya runs this among its own names
