"""The WorkflowExecution dialect: task graphs of a customer and their executions, under `/api/workflow/v1.0`.

A customer is a tenant, a workflow a definition in its default namespace, an execution a job. Every answer is an
envelope of `meta` and `data`; only the token endpoint, which stands under a path of its own, answers without one.
"""
