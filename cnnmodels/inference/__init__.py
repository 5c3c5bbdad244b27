"""Using trained networks: on photos of any size, and measured image by image. Knows no sweeps and writes no files."""
