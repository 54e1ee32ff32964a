"""
Programs made of services: what starts and stops together, and the commands that run it.
"""
