"""How good the product is: tasks, scorers, runner, baselines, benchmarks."""
