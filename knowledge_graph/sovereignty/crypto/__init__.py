"""SM2, SM3, SM4, Ed25519 and SHA-256: the work is done by audited libraries, `gmssl` cross-checks it."""
