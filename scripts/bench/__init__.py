"""Engine comparison: processes, other engines, and the chart."""
