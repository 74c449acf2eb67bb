"""From a business sentence to an intent contract, one question, or a refusal by a named red line."""
