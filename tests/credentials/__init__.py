"""Saved credentials against real keyrings: gnome-keyring without a display, and the kernel's."""
