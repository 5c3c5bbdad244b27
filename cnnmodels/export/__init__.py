"""Trained networks for programs that are not ours: as a torch program, as ONNX, with a script for each. Knows no
sweeps."""
