"""Words found by kind of file: sample files drawn by program, read by two versions of the code in turns."""
