"""What one running node is made of: devices, lanes, use cases, web server."""
