"""Questions over a screen; each dialog takes values and gives one back, and does nothing else."""
