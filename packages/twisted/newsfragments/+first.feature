One name for all: `pip install twisted` brings core, cred, application, trial and web.
