"""The web face: API, screens, sign-in. It turns requests into use cases and knows no adapter."""
