"""Connections and secrets that outlive the program, when the user asks for it.

`keeper.Keeper` is the only door. The list of connections holds no secret; each secret lies in one of three
vaults. Nothing here runs before it is called, and nothing ever touches `~/.aws`.
"""
