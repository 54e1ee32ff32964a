"""
The rooms of `twisted.web.template`: what a page is made of, how templates are read, and how all of it becomes bytes.
"""
