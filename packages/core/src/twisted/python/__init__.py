"""
Tools that are not about networking: failures, files, options, components, deprecation.
"""
