"""The rooms of `twisted.web.client`."""
