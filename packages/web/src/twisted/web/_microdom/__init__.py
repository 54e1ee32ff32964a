"""The rooms behind `twisted.web.microdom`: texts and their escapes, nodes, and the parser that makes them."""
