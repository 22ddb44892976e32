"""The commands of `kabar`, one module for each group.

They call the actions in `service.cli`, and import them when they run, so that help is fast.
"""
