"""Desensitising: personal data in free text is found and masked before the text leaves."""
