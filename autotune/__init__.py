"""Floor 3: strategies, campaigns, executors and the driver."""
