"""The screens: each composes widgets and routes commands to the controllers that do the work."""
