"""The programs that the tests run and that come as Go modules, each pinned in one of its own.

`make programs` builds what is missing. A directory here holds a program's go.mod: its `tool` lines
name the commands to build, the version is that of the module they are of, and go.sum keeps what was
once fetched. Nothing of the product is here.
"""
