"""The widgets, one module each; none of them does I/O, they are fed by the screens."""
