"""
Services that twist and twistd know by a name.
"""
