"""Load tests: clients, baseline services, and measurements."""
