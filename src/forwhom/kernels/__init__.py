"""Numbers: arrays in, frozen result out."""
