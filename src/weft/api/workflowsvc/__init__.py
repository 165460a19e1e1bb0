"""The workflowsvc dialect: definitions that are lists of tasks, their runs, tasks and schedules."""
