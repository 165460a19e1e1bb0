"""The machine: `step(program, state, input) -> (state, commands)`. Pure, total, deterministic."""
