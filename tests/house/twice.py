#!/usr/bin/env python3
"""No two functions of one class or module of Python have the same name: only the last one would
run, and a test could vanish that way.

    twice.py SOURCE_DIR
"""
import ast
import os
import subprocess
import sys


def repeated(tree):
    """(name, line) of each function that replaces another."""
    for node in ast.walk(tree):
        if not isinstance(node, (ast.ClassDef, ast.Module)):
            continue
        seen = set()
        for item in node.body:
            if not isinstance(item, ast.FunctionDef):
                continue
            if item.name in seen and not item.decorator_list:
                yield item.name, item.lineno
            seen.add(item.name)


def main():
    top = sys.argv[1]
    names = subprocess.run(["git", "-C", top, "ls-files", "*.py"], check=True, capture_output=True,
                           text=True).stdout.split()
    problems = []
    for name in names:
        with open(os.path.join(top, name), encoding="utf-8") as file:
            tree = ast.parse(file.read(), name)
        problems += [f"{name}:{line}: a second {function}()" for function, line in repeated(tree)]
    if len(names) < 30:
        problems.append(f"only {len(names)} Python files found in {top}")
    print("\n".join(problems))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
