"""How symptoms name legs and batches, so that two controls that see one thing say one name."""


def leg_key(dispute: str, leg: str) -> str:
    """A leg of a dispute."""
    return f"{dispute}:{leg}"


def batch_key(partner: str, account: str, batch: str) -> str:
    """A batch or payout of an account."""
    return f"{partner}:{account}:{batch}"
