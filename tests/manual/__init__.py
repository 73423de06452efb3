"""The documents as one site, with the books of the shipped policies: what `make site` builds."""
