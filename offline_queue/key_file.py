"""Kept until its last caller has moved to :mod:`offline_queue.keys`."""

from offline_queue.keys import BadKeyFile, load_or_create_key

__all__ = ["BadKeyFile", "load_or_create_key"]
