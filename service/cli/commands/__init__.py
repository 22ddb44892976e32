"""The commands of `kabar`, one module a group; they call the actions in `service.cli`."""
