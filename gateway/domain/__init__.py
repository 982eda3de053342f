"""The payment business in pure Python: standard library only, no input or output."""
