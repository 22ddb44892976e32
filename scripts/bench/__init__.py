"""Engine comparison: a process for each engine, other engines, and the chart."""
