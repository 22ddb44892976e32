"""Load tests: clients, services to compare Kabar with, and what is measured."""
