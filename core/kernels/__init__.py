"""The jitted functions behind the faces: they know arrays and integers, and check nothing."""
