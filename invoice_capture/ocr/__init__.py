"""Text of pictures: the engines, one interface, and what is done to a picture before."""
