"""Where finished work is kept, so that it is not done twice: SQLite or Redis."""
