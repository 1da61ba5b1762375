//! Trust: the ledger, receipts, verification, checkpoint.
