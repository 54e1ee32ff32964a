"""
The rooms behind `twisted.web.server`: `requests` finds and renders resources, `sessions` remembers clients,
`encoders` compresses, and `sites` puts them together.
"""
