"""What a task is and what became of it: plain data, without network, threads or clock."""
