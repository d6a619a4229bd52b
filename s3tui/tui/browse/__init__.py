"""What the browser does, one controller each; they know panes and the engine, and no other screen."""
