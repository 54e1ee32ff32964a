The deprecated `twisted.web.microdom` and `twisted.web.domhelpers` are here for programs that still use them.
