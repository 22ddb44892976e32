"""What goes over HTTP and what `--format json` prints: the same objects.

Requests refuse fields they do not know. Answers are made from the pipeline's own data.
"""
