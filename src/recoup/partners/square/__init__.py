"""Square: webhooks signed over their address and body, disputes by cursor, payouts and what is in them."""
