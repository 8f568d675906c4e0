"""PayPal: its own disputes and claims, and the running balance that they move. See README.md."""
