"""
The command ``twist``: run one of the services that the installed packages offer.
"""
