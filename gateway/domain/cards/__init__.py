"""What happens at card terminals."""
