What programs take from `twisted.python.win32` to write command lines for Windows is there: `quoteArguments`, `cmdLineQuote`, `formatError`.
