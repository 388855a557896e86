"""How pods get IAM roles of their own."""
