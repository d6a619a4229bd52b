"""What the widgets show, tested without Textual."""
