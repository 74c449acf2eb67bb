"""The ledger: an append-only Merkle tree of commitments that customers can verify without us."""
