"""Commands: the library as programs. The gateway's command line only calls them."""
