"""What a task says of itself to CloudWatch and in context lines."""
