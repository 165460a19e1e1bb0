"""Runs the `jq` package for the differential tests: one JSON request per line, one answer per line.

Started by the tests as a process of its own with an empty environment. A request is `[program, input text]`, an
answer `[results, error text or null, compile error or null]`.
"""

import json
import resource
import sys

import jq


def main():
    resource.setrlimit(resource.RLIMIT_CPU, (300, 300))
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    for line in sys.stdin:
        program, text = json.loads(line)
        results = []
        answer = [results, None, None]
        try:
            compiled = jq.compile(program)
        except ValueError as problem:
            answer[2] = str(problem)
        else:
            try:
                for count, result in enumerate(compiled.input_text(text)):
                    results.append(result)
                    if count > 2000:
                        break
            except ValueError as problem:
                answer[1] = str(problem)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main()
