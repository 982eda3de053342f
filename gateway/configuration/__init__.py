"""What the operator decided: settings file, environment, and what was set up on the screen."""
