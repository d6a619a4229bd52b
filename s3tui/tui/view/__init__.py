"""What the widgets show, worked out without Textual: tables, columns, bars, countdowns and words."""
