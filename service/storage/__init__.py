"""Storage in SQLite files and Redis: caches, API keys and the feed."""
