"""`weft demo`: the main job on real parts, from an empty file to configured devices."""
