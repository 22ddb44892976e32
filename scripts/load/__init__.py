"""What `scripts/bench_service.py` needs: clients, and services to compare Kabar with."""
