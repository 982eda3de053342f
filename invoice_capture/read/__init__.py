"""From files to pages: text layers, pictures, and words that the caller gives. Nothing here knows what a field is."""
