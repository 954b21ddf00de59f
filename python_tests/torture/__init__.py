"""Programs that treat stores badly, for as long as one likes. Each runs from the project's folder and says its sizes:

    python -m python_tests.torture.operations --operations 1_000_000 --file     random work against a naive model
    python -m python_tests.torture.kills --count 400                            SIGKILL at any moment
    python -m python_tests.torture.power --cuts 500                             disks as a power cut leaves them
    python -m python_tests.torture.memory                                       calls that run out of memory
    python -m python_tests.torture.fuzz --trials 20_000                         files, page tokens and Arrow, mutated

What fails is told with the command that repeats it. The tests in this folder run each in a small size.
"""
