"""The driver as a command: explains frames, records and plays back traces, pays at a terminal without the gateway."""
