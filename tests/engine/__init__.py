"""The engine as a process: what front ends may rely on."""
