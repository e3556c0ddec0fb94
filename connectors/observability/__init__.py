"""What operators see of both processes: logs, metrics, whether they are well."""
