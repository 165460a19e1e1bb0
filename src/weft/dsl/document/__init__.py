"""Documents: text to value, language, spelling of keys, structure. What they mean is the front ends' business."""
