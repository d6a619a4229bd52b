"""The widgets, driven by key presses and read from the lines they draw."""
