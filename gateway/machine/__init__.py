"""What the machine is and lacks. Standard library only: `run.py` loads it before anything is installed."""
