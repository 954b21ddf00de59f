# The inner loop. Each recipe runs from any folder of the project.

venv := justfile_directory() / ".venv"
python := venv / "bin/python"

# What there is to run.
default:
    @just --list --unsorted

# An environment in .venv: a debug build of the package, and what tests and checks need.
env interpreter="python3":
    {{ interpreter }} -m venv {{ venv }}
    {{ python }} -m pip install --quiet maturin ruff==0.17.6 mypy==2.4.1 basedpyright==1.40.2 'pyright[nodejs]==1.1.414'
    VIRTUAL_ENV={{ venv }} {{ venv }}/bin/maturin develop --extras test,docs

# The package again, as it is now.
build *options:
    VIRTUAL_ENV={{ venv }} {{ venv }}/bin/maturin develop --quiet {{ options }}

# The engine, files, rankings and the layers; no Python.
engine *options:
    cargo test {{ options }}

# What changed is rebuilt, then these tests run, up to the first failure.
try *tests: build
    {{ python }} -m pytest -x {{ tests }}

# A build at nearly the speed of a release, for measuring.
measure: (build "--profile" "measure")

# A program that treats stores badly: operations, kills, power, memory or fuzz; --help says its sizes.
torture program *options:
    {{ python }} -m python_tests.torture.{{ program }} {{ options }}

lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    cargo clippy --all-targets --features python -- -D warnings
    {{ venv }}/bin/ruff check
    {{ venv }}/bin/ruff format --check
    {{ venv }}/bin/mypy --strict python examples
    {{ venv }}/bin/basedpyright --project .
    {{ venv }}/bin/pyright --project . --pythonpath {{ python }}
    {{ python }} typing_tests/check.py

# The site, whose start is target/site/index.html. A link or a name that leads nowhere is an error.
docs *options:
    # Not --quiet: then warnings are not counted, and nothing is strict.
    NO_MKDOCS_2_WARNING=1 {{ venv }}/bin/mkdocs build --strict {{ options }}

# The site on a port of this machine, made anew whenever a page is saved.
docs-serve *options:
    NO_MKDOCS_2_WARNING=1 {{ venv }}/bin/mkdocs serve {{ options }}

# Wheels and a source distribution in target/wheels, tested on every CPython here; --smoke, --build, --test.
wheels *options:
    .ci/wheels {{ options }}

# What must pass before a change lands.
ci:
    .ci/run
