"""The business language: dictionary, recognisers, linker, parser, read-back; Chinese and English."""
