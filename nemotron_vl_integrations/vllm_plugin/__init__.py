"""What runs in vLLM's own processes: this family's configuration and model, and a watch on the parent."""
