"""
Running tests in several processes.

The runner (`running`) loads the tests, keeps workers (`pool`), and gives each of them one test at a time (`naming` says
how a test is named, and found again there). A worker (`worker`) answers with what became of it (`telling`), over pipes
on which every message begins with its length (`frames`), so that there is nothing in a message that could end it. What
a test prints goes to files, what it logs, too. A worker that ends in the middle of a test costs that test and is
replaced.
"""
